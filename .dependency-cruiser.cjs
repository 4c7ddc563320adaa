const { floors, pure, owners } = require('./architecture.cjs');

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
const all = floors.flat();

/** One rule for each folder: what it must not import. */
const floorRules = floors.flatMap((neighbours, floor) =>
  neighbours.map((folder) => ({
    name: `floor-${folder}`,
    comment: `${folder} (floor ${floor}) imports itself and lower floors only`,
    severity: 'error',
    from: { path: `^${escape(folder)}/` },
    to: {
      path: `^(${[
        ...floors
          .slice(floor)
          .flat()
          .filter((other) => other !== folder),
        'test',
        'bench',
        'tools',
      ]
        .map(escape)
        .join('|')})/`,
    },
  })),
);

const pureRules = pure.map((folder) => ({
  name: `pure-${folder}`,
  comment: `${folder} uses no node: module`,
  severity: 'error',
  from: { path: `^${escape(folder)}/` },
  to: { dependencyTypes: ['core'] },
}));

const ownerRules = Object.entries(owners).map(([library, files]) => ({
  name: `owner-${library}`,
  comment: `${library} has one door`,
  severity: 'error',
  from: { pathNot: files },
  to: {
    path: library.startsWith('node:')
      ? `^(node:)?${escape(library.slice(5))}$`
      : `(^|/)node_modules/(@types/)?${escape(library)}/`,
  },
}));

module.exports = {
  forbidden: [
    { name: 'no-circular', comment: 'type imports included', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...floorRules,
    ...pureRules,
    ...ownerRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs'] },
    exclude: { path: '^(dist|bench/out)' },
    includeOnly: { path: `^(${all.map(escape).join('|')}|test|bench|tools|node_modules)/|^(node:)?[a-z_/]+$` },
  },
};
