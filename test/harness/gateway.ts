import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const readyWithinMs = 60_000
const stopWithinMs = 20_000
const adminPassword = 'correct horse battery'

export interface TestGateway {
  readonly address: string
  readonly dataDir: string
  readonly pid: number
  /** Everything that it wrote so far, both streams. */
  output(): string
  api<T>(method: string, path: string, body?: unknown): Promise<T>
  token(): Promise<string>
  /** As an administrator would: SIGTERM, and waits. */
  stop(): Promise<void>
  /** kill -9, and waits for the process only. */
  kill(): Promise<void>
  /** The same gateway again: same folder, same settings, the same port. */
  startAgain(): Promise<TestGateway>
}

export interface GatewaySettings {
  readonly env?: Readonly<Record<string, string>>
  readonly dataDir?: string
}

/** The real program in a process of its own, on a free port, in a folder of its own. */
export async function startGateway(settings: GatewaySettings = {}): Promise<TestGateway> {
  const dataDir = settings.dataDir ?? temporaryFolder()
  const child = spawn(process.execPath, [join(root, 'src/main.ts')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PORT: '0',
      DATA_DIR: dataDir,
      DEMO: '0',
      ADMIN_PASSWORD: adminPassword,
      CAMERA_NETWORKS: '127.0.0.0/8',
      ...settings.env,
    },
  })
  const lines: string[] = []
  const address = await announced(child, lines)
  let signedIn: Promise<string> | null = null
  const token = (): Promise<string> =>
    (signedIn ??= signIn(address, settings.env?.['ADMIN_PASSWORD'] ?? adminPassword))
  return {
    address,
    dataDir,
    pid: child.pid ?? 0,
    output: () => lines.join('\n'),
    token,
    async api<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await fetch(`${address}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await token()}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
      return (text === '' ? undefined : JSON.parse(text)) as T
    },
    async stop() {
      await ended(child, 'SIGTERM')
      if (settings.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
    kill: () => ended(child, 'SIGKILL'),
    startAgain: () => startGateway({ dataDir, env: { ...settings.env, PORT: new URL(address).port } }),
  }
}

async function announced(child: ChildProcess, lines: string[]): Promise<string> {
  const found = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        const address = /^\s+(http:\/\/\S+)$/.exec(line)?.[1]
        if (address !== undefined && stream === child.stdout) resolve(address)
      })
    }
  })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the gateway ended with ${String(code)}:\n${lines.slice(-30).join('\n')}`)
  })
  const ready = new AbortController()
  const late = sleep(readyWithinMs, undefined, { ref: false, signal: ready.signal }).then(() => {
    child.kill('SIGKILL')
    throw new Error(`the gateway is not ready in time:\n${lines.slice(-30).join('\n')}`)
  })
  failed.catch(() => undefined)
  late.catch(() => undefined)
  try {
    return await Promise.race([found, failed, late])
  } finally {
    ready.abort()
  }
}

async function signIn(address: string, password: string): Promise<string> {
  const response = await fetch(`${address}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  })
  if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { token: string }).token
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  const stuck = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
  await gone
  clearTimeout(stuck)
}

/** Others may pass through it: a private PostgreSQL runs under another uid. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xueliang-test-'))
  chmodSync(folder, 0o711)
  return folder
}
