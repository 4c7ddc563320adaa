// Transpiles every changed .ts file into an output folder, without type checking: the quick inner loop of a developer.
// Usage: node tools/transpile.mjs [OUTDIR=dist]. `npm run build` (tsc) is the one that checks types.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const out = process.argv[2] ?? 'dist';
const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
const newerThan = (source, target) => {
  try {
    return statSync(source).mtimeMs > statSync(target).mtimeMs;
  } catch {
    return true;
  }
};
for (const folder of config.include) {
  let files = [];
  try {
    files = readdirSync(folder, { recursive: true });
  } catch {
    continue;
  }
  for (const file of files) {
    if (!file.endsWith('.ts')) continue;
    const source = join(folder, file);
    const target = join(out, folder, file.replace(/\.ts$/, '.js'));
    if (!newerThan(source, target)) continue;
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
      compilerOptions: { ...options, module: ts.ModuleKind.ESNext, sourceMap: false, inlineSourceMap: true },
      fileName: source,
    });
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
}
