import { environmentName } from './load.ts';
import type { Sections, Setting } from './setting.ts';

/** One sentence for each section, by its name. */
export type SectionTitles = Readonly<Record<string, string>>;

/** Writes docs/configuration.md: every setting with its type, bounds, default and text. */
export function configurationManual(
  sections: Sections,
  titles: SectionTitles = {},
  shortNames: Readonly<Record<string, string>> = {},
): string {
  const shortOf = new Map(Object.entries(shortNames).map(([short, path]) => [path, short]));
  const chapters = Object.entries(sections).map(([section, settings]) => {
    const items = Object.entries(settings).map(([name, setting]) =>
      settingItem(`${section}.${name}`, setting, shortOf),
    );
    return [`## ${section}`, '', titles[section] ?? '', '', ...items].join('\n');
  });
  return `${manualStart}${chapters.join('\n')}`;
}

const manualStart = `# Configuration

Generated from the declarations in the source by \`npm run docs\`: do not edit.

Every setting has a default: a server without any configuration runs. A value is looked for, the later winning, in

1. the configuration file: \`--config FILE\`, or \`PHAROS_CONFIG\`, or \`pharos.yaml\` in the current folder if it is there
   (YAML or JSON; [pharos.sample.yaml](pharos.sample.yaml) lists all settings);
2. the environment: \`PHAROS_<SECTION>_<NAME>\`, lists separated by commas;
3. the command line: \`--set section.name=value\`, and the short forms named below.

All faults are reported at once, each with its place; \`pharos check-config\` reports them without starting anything.
On SIGHUP the server reads the sources again. Settings marked *live* take effect then; the others are named in the log and
wait for the next start.

`;

function settingItem(path: string, setting: Setting<unknown>, shortOf: ReadonlyMap<string, string>): string {
  const short = shortOf.get(path);
  const names = [`\`${environmentName(path)}\``];
  if (short !== undefined) names.push(`\`PHAROS_${short.toUpperCase()}\``, `\`--${short}\``);
  return [
    `### ${path}`,
    '',
    setting.doc,
    '',
    `- takes: ${setting.accepts}`,
    `- default: \`${setting.defaultText}\``,
    `- also: ${names.join(', ')}`,
    `- takes effect: ${setting.reload === 'live' ? '*live* (SIGHUP)' : 'at the next start'}`,
    '',
  ].join('\n');
}

/** Writes docs/pharos.sample.yaml: every setting with its default, commented out. */
export function sampleConfiguration(sections: Sections, titles: SectionTitles = {}): string {
  const chapters = Object.entries(sections).map(([section, settings]) => {
    const items = Object.entries(settings).map(([name, setting]) =>
      [...wrapped(setting.doc, '  # '), `  # Takes ${setting.accepts}.`, `  #${name}: ${setting.defaultText}`, ''].join(
        '\n',
      ),
    );
    return [...wrapped(titles[section] ?? '', '# '), `${section}:`, ...items].join('\n');
  });
  return `# A configuration file of Pharos with every setting at its default, commented out.\n# Generated: npm run docs.\n\n${chapters.join('\n')}`;
}

const lineWidth = 110;

function wrapped(text: string, before: string): readonly string[] {
  const lines: string[] = [];
  let line = before.trimEnd();
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > lineWidth) {
      lines.push(line);
      line = before.trimEnd();
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
