import { type ChildProcess, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const pinnedNode = realpathSync(join(root, 'node_modules/.bin/node'))
/** Whoever runs the tests, the set-up takes itself for an ordinary user's. */
const notRoot = ['--import', 'data:text/javascript,process.getuid = () => 1000']

let clone = ''
let programs = ''
const children: ChildProcess[] = []

/** A clone that holds the set-up and a gateway of a few lines, and a PATH with what we put there. */
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'xueliang-set-up-'))
  programs = join(clone, 'programs')
  cpSync(join(root, 'scripts/setup'), join(clone, 'scripts/setup'), { recursive: true })
  file('package-lock.json', JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } }))
  file('src/main.ts', "console.log('gateway', ...process.argv.slice(2))\nprocess.exitCode = 7\n")
  mkdirSync(programs)
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(clone, { recursive: true, force: true })
})

function file(path: string, text: string): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true })
  writeFileSync(join(clone, path), text)
}

function program(name: string, script = 'exit 0'): void {
  writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

/** What the gateway needs of the system; without `DATABASE_URL` and `REDIS_URL` also the servers. */
function systemPrograms(): void {
  for (const name of ['ffmpeg', 'ffprobe', 'setpriv', 'flock', 'redis-server', 'postgres']) program(name)
}

/** Does to `node_modules` what npm would, and counts how often. */
function npm(before = ''): void {
  const installed = JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } })
  program(
    'npm',
    `echo "npm $*" >> '${clone}/npm-calls'
${before}
/bin/mkdir -p '${clone}/node_modules/.bin'
/bin/ln -sfn '${pinnedNode}' '${clone}/node_modules/.bin/node'
echo '${installed}' > '${clone}/node_modules/.package-lock.json'`,
  )
}
const npmCalls = () =>
  existsSync(join(clone, 'npm-calls'))
    ? readFileSync(join(clone, 'npm-calls'), 'utf8').trim().split('\n')
    : []

function enter(...args: string[]) {
  const child = spawn(pinnedNode, [...notRoot, join(clone, 'scripts/setup/enter.mjs'), ...args], {
    env: { PATH: programs },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const printed = { out: '', err: '' }
  child.stdout.on('data', (data: Buffer) => (printed.out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (printed.err += data.toString()))
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => {
      resolve({ code, ...printed })
    })
  })
  const prints = async (stream: 'out' | 'err', text: string) => {
    const source = stream === 'out' ? child.stdout : child.stderr
    while (!printed[stream].includes(text)) {
      const more = new Promise<null>((resolve) => source.once('data', () => resolve(null)))
      const end = await Promise.race([more, ended])
      if (end !== null) throw new Error(`ended before it printed "${text}": ${JSON.stringify(end)}`)
    }
  }
  return { child, ended, prints }
}

it('without apt it says what is missing and what to type, and installs nothing', async () => {
  npm()
  program('ffprobe')
  const { code, err } = await enter('start').ended
  expect(code).toBe(1)
  expect(err).toContain('ffmpeg and ffprobe, 5.1 or later')
  expect(err).toMatch(/apt-get update && apt-get install --no-install-recommends (\S+ )*ffmpeg\b/)
  expect(err).not.toMatch(/^\s+at /m)
  expect(npmCalls()).toEqual([])
})

it('without root it asks sudo, which may not wait for a password that nobody can type', async () => {
  program('apt-get')
  program('sudo', 'echo "sudo $*"\nexit 1')
  const { code, err } = await enter('start').ended
  expect(code).toBe(1)
  expect(err).toMatch(/^sudo --non-interactive .*install-debian-packages\.mjs .*ffmpeg/m)
  expect(err).toContain('They could not be installed')
})

it('without root and without sudo it says so', async () => {
  program('apt-get')
  const { code, err } = await enter('start').ended
  expect(code).toBe(1)
  expect(err).toContain('It takes root, or sudo. On Debian or Ubuntu, as root:')
})

it('sets up, becomes the command with its arguments and exit code, and does nothing twice', async () => {
  systemPrograms()
  npm()
  const first = await enter('start', '--flag').ended
  expect(first).toMatchObject({ code: 7, out: 'gateway --flag\n' })
  expect(first.err).toContain('[set-up] npm packages: done')
  const second = await enter('start').ended
  expect(second).toEqual({ code: 7, out: 'gateway\n', err: '' })
  expect(npmCalls()).toHaveLength(1)
})

it('sets up again when the lock names other packages', async () => {
  systemPrograms()
  npm()
  await enter('start').ended
  file('package-lock.json', JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.1' } } }))
  await enter('start').ended
  expect(npmCalls()).toHaveLength(2)
})

it('a failed step stops it, and the next start tries again', async () => {
  systemPrograms()
  program('npm', 'echo "no network" >&2\nexit 1')
  const failed = await enter('start').ended
  expect(failed).toMatchObject({ code: 1, out: '' })
  expect(failed.err).toMatch(/no network[\s\S]*npm install .* failed \(exit 1\)/)
  npm()
  expect(await enter('start').ended).toMatchObject({ code: 7 })
})

it('of two at once the second waits and finds the work done', async () => {
  systemPrograms()
  npm(`until [ -e '${clone}/go' ]; do /bin/sleep 0.02; done`)
  const first = enter('start')
  await first.prints('err', 'npm packages')
  const second = enter('start')
  await second.prints('err', 'waiting for it')
  file('go', '')
  const ended = await Promise.all([first.ended, second.ended])
  expect(ended.map(({ code }) => code)).toEqual([7, 7])
  expect(npmCalls()).toHaveLength(1)
})

it.each(['SIGTERM', 'SIGINT'] as const)(
  'hands %s on once, and waits for the gateway to end',
  async (signal) => {
    systemPrograms()
    npm()
    file(
      'src/main.ts',
      `let times = 0
process.on('${signal}', () => {
  times++
  setTimeout(() => { console.log('stopped after', times); process.exit(0) }, 200)
})
setInterval(() => undefined, 1000)
console.log('ready')
`,
    )
    const gateway = enter('start')
    await gateway.prints('out', 'ready')
    // npm and the terminal each send it.
    gateway.child.kill(signal)
    gateway.child.kill(signal)
    expect(await gateway.ended).toMatchObject({ code: 0, out: 'ready\nstopped after 1\n' })
  },
)

it('a server elsewhere need not be installed here', async () => {
  for (const name of ['ffmpeg', 'ffprobe', 'setpriv', 'flock']) program(name)
  npm()
  file('.env', 'REDIS_URL=redis://queue.example:6379\nDATABASE_URL=postgresql://db.example/x\n')
  expect(await enter('start').ended).toMatchObject({ code: 7 })
})

it('names the commands that there are', async () => {
  const { code, err } = await enter('stop').ended
  expect(code).toBe(2)
  expect(err).toMatch(/unknown command "stop"; one of: start, test, check/)
})
