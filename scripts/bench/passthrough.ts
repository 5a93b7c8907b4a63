import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { drain } from './passthrough/drain.ts'
import { type Cost, costOf } from './passthrough/measure.ts'
import { pullAll, type Seen } from './passthrough/pull-all.ts'

const usualCounts = [1, 16, 64, 128]
/** One process costs what another one does. */
const mostFfmpegs = 16
const framesPerS = 25
const settleMs = 3000
const measureMs = 6000

/**
 * What it costs to bring a camera's 2 Mb/s to browsers: the gateway's pull with LL-HLS for 1 to 128 cameras
 * in one process, `ffmpeg -c copy -f hls` with a process a camera, and reading the sockets without doing
 * anything. Cameras in a process of their own, which is not counted. `[counts…]` of cameras.
 */
export default async function run(args: string[]): Promise<Record<string, unknown>> {
  const [mode, file] = args
  if (mode === '--pull' || mode === '--drain')
    return await work(mode, JSON.parse(readFileSync(file ?? '', 'utf8')) as string[])
  const counts = args.length === 0 ? usualCounts : args.map(Number)
  const folder = mkdtempSync(join(tmpdir(), 'xueliang-bench-'))
  const children: ChildProcess[] = []
  try {
    const most = Math.max(...counts)
    const urls = await startCameras(folder, most, children)
    const byCameras: Record<number, Record<string, number>> = {}
    let lost = 0
    for (const count of counts) {
      const { cost, breaks } = await measured('--pull', folder, urls.slice(0, count))
      byCameras[count] = perCamera(cost, count)
      lost += breaks
      say(`${count} cameras: ${JSON.stringify(byCameras[count])}`)
    }
    const drained = perCamera((await measured('--drain', folder, urls)).cost, most)
    say(`drain: ${JSON.stringify(drained)}`)
    const ffmpeg = await ffmpegCost(folder, urls.slice(0, mostFfmpegs))
    say(`ffmpeg: ${JSON.stringify(ffmpeg)}`)
    const { cpuMs = 0, rssMb = 0 } = byCameras[most] ?? {}
    return {
      cameras: most,
      gatewayCpuMs: cpuMs,
      ffmpegCpuMs: ffmpeg.cpuMs,
      drainCpuMs: drained.cpuMs,
      cpuRatio: round(cpuMs / ffmpeg.cpuMs),
      memoryRatio: round(rssMb / ffmpeg.rssMb),
      lostPackets: lost,
      gatewayRssMb: rssMb,
      ffmpegRssMb: ffmpeg.rssMb,
      byCameras,
    }
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** In a process of its own: says once a second what it has seen. */
async function work(mode: '--pull' | '--drain', urls: string[]): Promise<never> {
  const look = mode === '--pull' ? pullAll(urls) : await drainAll(urls)
  for (;;) {
    process.stdout.write(`${JSON.stringify(look())}\n`)
    await sleep(500)
  }
}

async function drainAll(urls: readonly string[]): Promise<() => Seen> {
  await Promise.all(urls.map(drain))
  return () => ({ playing: urls.length, breaks: 0 })
}

async function measured(mode: string, folder: string, urls: readonly string[]) {
  const file = join(folder, 'urls.json')
  writeFileSync(file, JSON.stringify(urls))
  const script = join(import.meta.dirname, '..', 'bench.ts')
  const child = spawn(process.execPath, [script, 'passthrough', mode, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let seen: Seen = { playing: 0, breaks: 0 }
  createInterface({ input: child.stdout }).on('line', (line) => {
    seen = JSON.parse(line) as Seen
  })
  try {
    const deadline = performance.now() + 30_000
    while (seen.playing < urls.length) {
      if (performance.now() > deadline || child.exitCode !== null) throw new Error(`${mode}: not all play`)
      await sleep(100)
    }
    await sleep(settleMs)
    const { breaks: before } = seen
    const cost = await costOf([child.pid ?? 0], measureMs)
    return { cost, breaks: seen.breaks - before }
  } finally {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}

async function ffmpegCost(folder: string, urls: readonly string[]) {
  const children = urls.map((url, i) => {
    const target = join(folder, `hls-${i}`)
    mkdirSync(target)
    const hls = '-map 0:v -c copy -f hls -hls_time 2 -hls_list_size 6 -hls_segment_type fmp4'
    const argv = `-nostdin -v error -rtsp_transport tcp -i ${url} ${hls} -hls_flags delete_segments index.m3u8`
    return spawn('ffmpeg', argv.split(' '), { cwd: target, stdio: 'ignore' })
  })
  try {
    const deadline = performance.now() + 30_000
    while (!urls.every((_, i) => existsSync(join(folder, `hls-${i}`, 'index.m3u8')))) {
      if (performance.now() > deadline) throw new Error('ffmpeg: not all play')
      await sleep(200)
    }
    const pids = children.map(({ pid }) => pid ?? 0)
    return perCamera(await costOf(pids, measureMs), urls.length)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

async function startCameras(folder: string, count: number, children: ChildProcess[]): Promise<string[]> {
  const clip = join(folder, 'camera.mp4')
  execFileSync('ffmpeg', [
    ...`-v error -f lavfi -i testsrc2=size=1280x720:rate=${framesPerS}:duration=10`.split(' '),
    ...'-c:v libx264 -preset ultrafast -pix_fmt yuv420p -b:v 2M -minrate 2M -maxrate 2M -bufsize 1M'.split(
      ' ',
    ),
    ...'-nal-hrd cbr -g 50 -sc_threshold 0 -bf 0'.split(' '),
    clip,
  ])
  const file = join(folder, 'cameras.json')
  const cameras = Array.from({ length: count }, (_, i) => ({
    name: `bench ${i}`,
    main: clip,
    authenticated: false,
    audio: false,
    discoverable: false,
    startOffsetS: (i * 0.37) % 10,
  }))
  writeFileSync(file, JSON.stringify({ cameras }))
  const script = join(import.meta.dirname, '..', 'virtual-cameras.ts')
  const child = spawn(process.execPath, [script, file], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return (JSON.parse(line) as { cameras: { main: string }[] }).cameras.map(({ main }) => main)
}

function perCamera({ cpuMsPerS, rssMb }: Cost, count: number) {
  return { cpuMs: round(cpuMsPerS / count), rssMb: round(rssMb / count) }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
