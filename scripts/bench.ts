/**
 * `npm run bench -- NAME [ARGUMENTS]`: a file of `scripts/bench/` each. Progress goes to standard error;
 * the last line on standard output is one JSON object.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

interface Benchmark {
  readonly default: (args: string[]) => Promise<Record<string, unknown>>
}

const folder = join(import.meta.dirname, 'bench')
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))

const [name = '', ...args] = process.argv.slice(2)
if (!names.includes(name)) {
  process.stderr.write(`npm run bench -- ${names.join('|')}\n`)
  process.exit(2)
}
const { default: run } = (await import(join(folder, `${name}.ts`))) as Benchmark
process.stdout.write(`${JSON.stringify(await run(args))}\n`)
process.exit(0)
