import { execFile, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import type { VirtualCamera, VirtualCameras } from '../../scripts/virtual-cameras/index.ts'
import { demoClip, openUrl, runCameras, startCamera, tinyClip } from '../harness/virtual-cameras.ts'

/** Clients that nobody here wrote: ffprobe and ffmpeg, and GStreamer. */
const run = promisify(execFile)
const transports = ['tcp', 'udp'] as const
/** ffmpeg looks at five seconds of every stream before it says what it is; a keyframe a second is enough. */
const quick = ['-v', 'error', '-analyzeduration', '1000000']

interface Probed {
  readonly codec_name: string
  readonly width: number
  readonly height: number
}

async function probe(url: string, transport: 'tcp' | 'udp'): Promise<Probed[]> {
  const show = ['-show_entries', 'stream=codec_name,width,height', '-of', 'json']
  const { stdout } = await run('ffprobe', [...quick, '-rtsp_transport', transport, ...show, url])
  return (JSON.parse(stdout) as { streams: Probed[] }).streams
}

/** Decoding times in seconds of the next packets of the video. */
async function packetTimes(url: string, transport: 'tcp' | 'udp', seconds: number): Promise<number[]> {
  const show = ['-select_streams', 'v', '-show_entries', 'packet=dts_time', '-of', 'csv=p=0']
  const read = ['-read_intervals', `%+${seconds}`]
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-rtsp_transport',
    transport,
    ...show,
    ...read,
    url,
  ])
  return stdout
    .trim()
    .split('\n')
    .map((line) => Number.parseFloat(line))
    .filter(Number.isFinite)
}

/** They only watch, so they all watch the same cameras, at the same time. */
describe.concurrent('clients that watch', () => {
  const kinds = ['plain', 'h265', 'looping', 'road'] as const
  let running: VirtualCameras
  const cameras = new Map<(typeof kinds)[number], VirtualCamera>()
  const url = (kind: (typeof kinds)[number], stream: 'main' | 'sub'): string => {
    const camera = cameras.get(kind)
    return camera === undefined ? '' : openUrl(camera, stream)
  }
  beforeAll(async () => {
    running = await runCameras(
      {},
      { main: await tinyClip({ codec: 'h265' }), audio: false },
      { main: await tinyClip({ seconds: 1 }), audio: false },
      { ...(await demoClip('road-approach')), audio: false },
    )
    kinds.forEach((kind, i) => {
      const camera = running.cameras[i]
      if (camera !== undefined) cameras.set(kind, camera)
    })
  })
  afterAll(() => running.stop())

  it.for(transports)('ffprobe sees both streams and the sound over %s', async (transport, { expect }) => {
    const [main, sub] = await Promise.all([
      probe(url('plain', 'main'), transport),
      probe(url('plain', 'sub'), transport),
    ])
    expect(main).toContainEqual(expect.objectContaining({ codec_name: 'h264', width: 640, height: 360 }))
    expect(main).toContainEqual(expect.objectContaining({ codec_name: 'pcm_mulaw' }))
    expect(sub).toContainEqual(expect.objectContaining({ codec_name: 'h264', width: 320, height: 180 }))
  })

  it.for(transports)('ffmpeg decodes H.265 without a complaint over %s', async (transport, { expect }) => {
    const input = [...quick, '-v', 'warning', '-rtsp_transport', transport, '-i', url('h265', 'main')]
    const { stderr } = await run('ffmpeg', [...input, '-frames:v', '5', '-f', 'null', '-'])
    expect(stderr).toBe('')
    const [video] = await probe(url('h265', 'main'), transport)
    expect(video).toMatchObject({ codec_name: 'hevc', width: 640, height: 360 })
  })

  it('time goes on evenly where the clip begins again', async ({ expect }) => {
    const times = await packetTimes(url('looping', 'main'), 'tcp', 2)
    expect(times.length).toBeGreaterThan(15)
    const steps = times.slice(1).map((time, i) => time - (times[i] ?? 0))
    for (const step of steps) expect(step).toBeCloseTo(0.1, 2)
  })

  it('a wrong password is refused with 401, and a stranger without one', async ({ expect }) => {
    const wrong = new URL(url('plain', 'main'))
    wrong.password = 'wrong'
    const stranger = new URL(url('plain', 'main'))
    stranger.username = ''
    stranger.password = ''
    for (const { href } of [wrong, stranger])
      await expect(run('ffprobe', [...quick, href])).rejects.toMatchObject({
        stderr: expect.stringContaining('401') as string,
      })
  })

  it('the real footage comes as it is in the file', async ({ expect }) => {
    const [main, sub] = await Promise.all([
      packetTimes(url('road', 'main'), 'tcp', 2),
      packetTimes(url('road', 'sub'), 'udp', 2),
    ])
    expect(main.length).toBeGreaterThan(20)
    expect(sub.length).toBeGreaterThan(15)
  })

  it.for(transports)('GStreamer plays H.264 over %s', async (transport, context) => {
    const source = `rtspsrc location=${url('plain', 'main')} protocols=${transport} latency=0`
    await gstreamerPlays(`${source} ! application/x-rtp,media=video ! rtph264depay ! h264parse`, context)
  })

  it('GStreamer plays H.265', async (context) => {
    const source = `rtspsrc location=${url('h265', 'main')} protocols=tcp latency=0`
    await gstreamerPlays(`${source} ! rtph265depay ! h265parse`, context)
  })
})

it('serves six clients at once, over TCP and UDP, and forgets them when they go', async () => {
  const camera = await startCamera({ audio: false })
  const jobs = Array.from({ length: 6 }, async (_, i) => {
    const transport = i % 2 === 0 ? 'tcp' : 'udp'
    return (await packetTimes(openUrl(camera, i < 3 ? 'main' : 'sub'), transport, 1)).length
  })
  for (const packets of await Promise.all(jobs)) expect(packets).toBeGreaterThanOrEqual(8)
  await expect.poll(() => camera.rtspClients).toBe(0)
})

/** Resolves when ten pictures have come out of the pipeline. */
async function gstreamerPlays(
  pipeline: string,
  { expect, onTestFinished }: Pick<TestContext, 'expect' | 'onTestFinished'>,
): Promise<void> {
  const argv = ['-v', ...pipeline.split(' '), '!', 'fakesink', 'silent=false', 'sync=false']
  const player = spawn('gst-launch-1.0', argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => {
    player.kill('SIGKILL')
  })
  let said = ''
  player.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString()
  })
  player.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString()
  })
  await expect
    .poll(() => said.match(/chain\s+\*{7}/g)?.length ?? 0, { timeout: 20_000, message: said })
    .toBeGreaterThanOrEqual(10)
}

it('sends RTCP sender reports with the wall clock, and with a wrong one on command', async () => {
  const camera = await startCamera({ authenticated: false, audio: false })
  const first = await senderReport(camera.rtspUrl('main'))
  expect(Math.abs(first.utcMs - Date.now())).toBeLessThan(5000)
  expect(first.ssrc).toBe(first.announcedSsrc)
  await camera.fault('clock')
  const second = await senderReport(camera.rtspUrl('main'))
  expect(second.utcMs - Date.now()).toBeGreaterThan(9 * 60_000)
})

interface Report {
  readonly ssrc: number
  readonly announcedSsrc: number
  readonly utcMs: number
}

/** Plays over TCP and reads the first sender report from the interleaved channel 1. */
function senderReport(url: string): Promise<Report> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => {
    socket.destroy()
  })
  const request = (cseq: number, line: string, ...headers: string[]): void => {
    socket.write(`${[`${line} RTSP/1.0`, `CSeq: ${cseq}`, ...headers].join('\r\n')}\r\n\r\n`)
  }
  request(1, `SETUP ${url}/video`, 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1')
  return new Promise((resolve, reject) => {
    let rest = Buffer.alloc(0)
    let announcedSsrc = 0
    socket.on('error', reject)
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes])
      for (;;) {
        if (rest[0] === 0x24) {
          if (rest.length < 4 || rest.length < 4 + rest.readUInt16BE(2)) return
          const packet = rest.subarray(4, 4 + rest.readUInt16BE(2))
          if (rest[1] === 1 && packet[1] === 200) {
            const seconds = packet.readUInt32BE(8) - 2_208_988_800
            const utcMs = seconds * 1000 + (packet.readUInt32BE(12) / 2 ** 32) * 1000
            resolve({ ssrc: packet.readUInt32BE(4), announcedSsrc, utcMs })
            socket.destroy()
            return
          }
          rest = rest.subarray(4 + packet.length)
        } else {
          const end = rest.indexOf('\r\n\r\n')
          if (end < 0) return
          const head = rest.toString('latin1', 0, end)
          rest = rest.subarray(end + 4)
          const ssrc = /ssrc=([0-9A-F]{8})/.exec(head)?.[1]
          const session = /Session: ([0-9A-F]+)/.exec(head)?.[1]
          if (ssrc === undefined || session === undefined) continue
          announcedSsrc = Number.parseInt(ssrc, 16)
          request(2, `PLAY ${url}`, `Session: ${session}`)
        }
      }
    })
  })
}

it('ends a session whose client has fallen silent', async () => {
  const camera = await startCamera({ sessionTimeoutS: 1, authenticated: false, audio: false })
  // SIGSTOP: the connection stays open, but nothing comes from the client any more.
  const client = spawn('ffmpeg', [
    '-v',
    'error',
    '-rtsp_transport',
    'udp',
    '-i',
    camera.rtspUrl('main'),
    '-f',
    'null',
    '-',
  ])
  onTestFinished(() => {
    client.kill('SIGKILL')
  })
  await expect.poll(() => camera.rtspClients, { timeout: 10_000 }).toBe(1)
  client.kill('SIGSTOP')
  await expect.poll(() => camera.rtspClients, { timeout: 10_000 }).toBe(0)
})
