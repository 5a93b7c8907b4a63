import { type Finding, linesOf, type Repository } from './repository.ts'

export const envExamplePath = '.env.example'

/** Settings by their names, each a schema of src/config.ts. */
type Settings = Readonly<Record<string, object>>

/** The whole text of `.env.example`: made from the schema that reads the settings. */
export function envExample(settings: Settings): string {
  const parts = Object.entries(settings).map(([name, schema]) => {
    const { description = '', default: value = '' } = schema as { description?: string; default?: string }
    return `\n# ${description}\n#${name}=${value}\n`
  })
  return `# Copy to .env and change what should differ; what is commented out is the default.\n${parts.join('')}`
}

export function envExampleIsCurrent(repository: Repository, settings: Settings): Finding[] {
  const path = envExamplePath
  const wanted = linesOf(envExample(settings))
  const here = linesOf(repository.read(path))
  const at = wanted.findIndex((line, index) => line !== here[index])
  if (at === -1 && wanted.length === here.length) return []
  const line = at === -1 ? wanted.length : at
  const text = `differs from src/config.ts: "${here[line] ?? ''}" instead of "${wanted[line] ?? ''}"; \`npm run check -- --fix\` writes it`
  return [{ path, line: line + 1, text }]
}
