import { validate } from 'dockerfile-utils'
import { type Finding, linesOf, type Repository } from './repository.ts'

/**
 * The image's description, judged as text: instructions by the linter, and what it has to promise by
 * these rules: stages, pinned bases, the pinned Node, no root, no secret.
 */
export function dockerfile(repository: Repository): Finding[] {
  const path = 'Dockerfile'
  const text = repository.read(path)
  if (text === '') return [{ path, text: 'is missing' }]
  const findings: Finding[] = validate(text).map(({ range, message }) => ({
    path,
    line: range.start.line + 1,
    text: typeof message === 'string' ? message : message.value,
  }))
  const instructions = instructionsOf(text)
  const stages = new Set<string>()
  for (const { line, word, rest } of instructions) {
    if (word === 'FROM') {
      const [image = '', , stage] = rest.split(/\s+/)
      if (!stages.has(image) && (!/:[\w.-]+$/.test(image) || image.endsWith(':latest')))
        findings.push({ path, line, text: `${image} floats: name its version` })
      if (stage !== undefined) stages.add(stage)
    }
    if (word === 'ADD') findings.push({ path, line, text: 'ADD unpacks and downloads: use COPY' })
    if (/^(ARG|ENV)$/.test(word) && /(PASSWORD|SECRET|TOKEN|_KEY)\w*(=|\s|$)/.test(rest))
      findings.push({ path, line, text: 'a secret in an image is everybody’s: give it at run time' })
    if (word === 'RUN' && /apt-get\s+install(?!.*--no-install-recommends)/.test(rest))
      findings.push({ path, line, text: 'apt-get install without --no-install-recommends' })
    if (word === 'RUN' && /apt-get\s+install/.test(rest) && !rest.includes('/var/lib/apt/lists'))
      findings.push({ path, line, text: 'the lists of apt stay in the layer: remove /var/lib/apt/lists' })
  }
  if (stages.size < 2) findings.push({ path, text: 'has one stage: what builds would end up in what runs' })
  for (const { stage, lines } of finalStages(instructions)) {
    const user = lines.findLast(({ word }) => word === 'USER')?.rest
    if (user === undefined || /^(root|0)(:|$)/.test(user))
      findings.push({ path, text: `stage ${stage} runs as root: end it with USER` })
  }
  const major = repository.read('.nvmrc').trim()
  const nodes = [...text.matchAll(/^FROM\s+(?:\S+\/)?node:(\d+)/gim)].map(([, version]) => version)
  if (nodes.some((version) => version !== major))
    findings.push({ path, text: `builds on Node ${nodes.join(', ')}; .nvmrc says ${major}` })
  return findings
}

interface Instruction {
  readonly line: number
  readonly word: string
  readonly rest: string
}

export function instructionsOf(text: string): Instruction[] {
  const instructions: Instruction[] = []
  let begun = ''
  let startLine = 0
  for (const [at, line] of linesOf(text).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    if (begun === '') startLine = at + 1
    begun += line.replace(/\\$/, ' ')
    if (line.endsWith('\\')) continue
    const [, word = '', rest = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(begun) ?? []
    instructions.push({ line: startLine, word: word.toUpperCase(), rest })
    begun = ''
  }
  return instructions
}

/** The stages that nothing else is built from or copies from: these run. */
function finalStages(instructions: readonly Instruction[]): { stage: string; lines: Instruction[] }[] {
  const stages: { stage: string; lines: Instruction[] }[] = []
  for (const instruction of instructions) {
    if (instruction.word === 'FROM')
      stages.push({ stage: instruction.rest.split(/\s+/)[2] ?? String(stages.length), lines: [] })
    stages.at(-1)?.lines.push(instruction)
  }
  const used = new Set(
    instructions.flatMap(({ word, rest }) =>
      word === 'FROM'
        ? [rest.split(/\s+/)[0]]
        : [...rest.matchAll(/--(?:from|mount=\S*from)=([\w-]+)/g)].map(([, from]) => from),
    ),
  )
  return stages.filter(({ stage }) => !used.has(stage))
}

/** `.dockerignore` must leave out what git leaves out, or a developer's data ends up in an image. */
export function dockerIgnore(repository: Repository): Finding[] {
  const path = '.dockerignore'
  const ignored = new Set(linesOf(repository.read(path)).map((line) => line.trim()))
  return ['node_modules', 'data', '.env', '.git', 'models/*.onnx']
    .filter((entry) => !ignored.has(entry))
    .map((entry) => ({ path, text: `does not leave out ${entry}` }))
}
