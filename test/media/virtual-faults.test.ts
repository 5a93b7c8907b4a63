import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import type { VirtualCamera } from '../../scripts/virtual-cameras/index.ts'
import { temporaryFolder } from '../harness/gateway.ts'
import { openUrl, startCamera, tinyClip } from '../harness/virtual-cameras.ts'

const run = promisify(execFile)

/** What ffprobe finds within two seconds, or how it fails. */
async function look(camera: VirtualCamera): Promise<string> {
  const options = [
    '-v',
    'error',
    '-rtsp_transport',
    'tcp',
    '-analyzeduration',
    '500000',
    '-timeout',
    '1500000',
  ]
  const show = ['-show_entries', 'stream=codec_name', '-of', 'csv=p=0']
  return await run('ffprobe', [...options, ...show, openUrl(camera, 'main')], { timeout: 8000 }).then(
    ({ stdout }) => stdout.trim().split(/\s+/).join(' '),
    (error: unknown) => (error as { stderr?: string }).stderr ?? 'failed',
  )
}

/** What its ONVIF side answers to the one question that needs no password. */
async function time(camera: VirtualCamera): Promise<number> {
  const body =
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>'
  const signal = AbortSignal.timeout(1000)
  const answer = await (await fetch(camera.onvifUrl, { method: 'POST', body, signal })).text()
  const part = (name: string): number => Number(new RegExp(`<tt:${name}>(\\d+)<`).exec(answer)?.[1])
  const date = [part('Year'), part('Month') - 1, part('Day')] as const
  return Date.UTC(...date, part('Hour'), part('Minute'), part('Second'))
}

/** When each RTP packet of a plain client comes, for as long as it is asked. */
async function arrivals(camera: VirtualCamera, forMs: number): Promise<{ atMs: number; sequence: number }[]> {
  const { hostname, port } = new URL(camera.rtspUrl('main'))
  const socket = connect(Number(port), hostname)
  onTestFinished(() => {
    socket.destroy()
  })
  const url = camera.rtspUrl('main')
  socket.write(
    `SETUP ${url}/video RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n`,
  )
  const found: { atMs: number; sequence: number }[] = []
  let rest = Buffer.alloc(0)
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      if (rest[0] === 0x24) {
        if (rest.length < 4 || rest.length < 4 + rest.readUInt16BE(2)) return
        if (rest[1] === 0) found.push({ atMs: performance.now(), sequence: rest.readUInt16BE(6) })
        rest = rest.subarray(4 + rest.readUInt16BE(2))
        continue
      }
      const end = rest.indexOf('\r\n\r\n')
      if (end < 0) return
      const session = /Session: ([0-9A-F]+)/.exec(rest.toString('latin1', 0, end))?.[1]
      rest = rest.subarray(end + 4)
      if (found.length === 0 && session !== undefined)
        socket.write(`PLAY ${url} RTSP/1.0\r\nCSeq: 2\r\nSession: ${session}\r\n\r\n`)
    }
  })
  await new Promise((resolve) => setTimeout(resolve, forMs))
  socket.destroy()
  return found
}

it('refuses, hangs, sends garbage and takes no password, on both sides, and is well again each time', async () => {
  const camera = await startCamera()
  const seen: Record<string, string> = {}
  for (const fault of ['refuse', 'hang', 'garbage', 'wrong-password'] as const) {
    await camera.fault(fault)
    const [rtsp, onvif] = await Promise.all([
      look(camera),
      time(camera).then(
        () => 'answers',
        (error: unknown) => String((error as { cause?: { code?: string } }).cause?.code ?? error),
      ),
    ])
    seen[fault] = `${rtsp} | ${onvif}`
    await camera.fault(null)
    expect(await look(camera)).toContain('h264')
  }
  expect(seen['refuse']).toMatch(/Connection refused.* \| ECONNREFUSED/s)
  expect(seen['hang']).toMatch(/^(?!.*(401|refused|h264)).* \| TimeoutError/s)
  expect(seen['garbage']).toMatch(/ \| .*(HPE_|fetch failed)/s)
  expect(seen['garbage']).not.toContain('h264')
  expect(seen['wrong-password']).toMatch(/401.* \| answers/s)
})

it('cuts connections once, and takes the next at once', async () => {
  const camera = await startCamera({ authenticated: false })
  const packets = arrivals(camera, 1200)
  await expect.poll(() => camera.rtspClients).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const cutMs = performance.now()
  await camera.fault('drop')
  await expect.poll(() => camera.rtspClients).toBe(0)
  for (const { atMs } of await packets) expect(atMs).toBeLessThan(cutMs + 200)
  expect(await look(camera)).toContain('h264')
})

it('sends sound without a picture', async () => {
  const camera = await startCamera()
  await camera.fault('audio-only')
  expect(await look(camera)).toBe('pcm_mulaw')
})

it('is ten minutes ahead', async () => {
  const camera = await startCamera()
  await camera.fault('clock')
  expect((await time(camera)) - Date.now()).toBeGreaterThan(9.9 * 60_000)
  await camera.fault(null)
  expect(Math.abs((await time(camera)) - Date.now())).toBeLessThan(2000)
})

it('falls silent for two seconds, and then sends what fell due', async () => {
  const camera = await startCamera({ authenticated: false, audio: false })
  const arriving = arrivals(camera, 4000)
  await expect.poll(() => camera.rtspClients).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 1200))
  await camera.fault('stall')
  const packets = await arriving
  const gaps = packets.slice(1).map(({ atMs }, i) => atMs - (packets[i]?.atMs ?? 0))
  expect(Math.max(...gaps)).toBeGreaterThan(1500)
  // Nothing is lost by it.
  const steps = packets.slice(1).map(({ sequence }, i) => (sequence - (packets[i]?.sequence ?? 0)) & 0xffff)
  expect(new Set(steps)).toEqual(new Set([1]))
})

it('loses packets', async () => {
  const large = await tinyClip({ widthPx: 1280, heightPx: 720, framesPerS: 25 })
  const camera = await startCamera({ main: large, authenticated: false, audio: false })
  await camera.fault('loss')
  const packets = await arrivals(camera, 2000)
  const sent = ((packets.at(-1)?.sequence ?? 0) - (packets[0]?.sequence ?? 0) + 1) & 0xffff
  expect(packets.length / sent).toBeGreaterThan(0.85)
  expect(packets.length / sent).toBeLessThan(0.99)
})

it('runs in a process of its own that tells where it is, obeys lines, and ends with its input', async () => {
  const folder = temporaryFolder()
  const description = join(folder, 'cameras.json')
  const main = await tinyClip()
  await writeFile(description, JSON.stringify({ cameras: [{ name: 'alone', main, discoverable: false }] }))
  const child = spawn(process.execPath, ['scripts/virtual-cameras.ts', description], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const ready = (await nextLine(lines)) as { cameras: { key: string; main: string; password: string }[] }
  const [camera] = ready.cameras
  const url = new URL(camera?.main ?? '')
  url.username = 'admin'
  url.password = camera?.password ?? ''
  const attempt = (): Promise<unknown> =>
    run('ffprobe', ['-v', 'error', '-analyzeduration', '500000', '-timeout', '1500000', url.href])
  await attempt()
  child.stdin.write('{"camera": "0", "fault": "refuse"}\n')
  expect(await nextLine(lines)).toEqual({ done: { camera: '0', fault: 'refuse' } })
  await expect(attempt()).rejects.toMatchObject({ stderr: expect.stringContaining('refused') as string })
  child.stdin.write('{"camera": "0", "fault": "sulk"}\n')
  expect(await nextLine(lines)).toEqual({ error: 'not a command' })
  child.stdin.end()
  expect(await ended).toEqual([0, null])
})

async function nextLine(lines: Interface): Promise<unknown> {
  const [line] = (await once(lines, 'line')) as [string]
  return JSON.parse(line)
}
