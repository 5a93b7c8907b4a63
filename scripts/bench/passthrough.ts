import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { carryAll, type Seen } from './passthrough/carry.ts'
import { drain } from './passthrough/drain.ts'
import { type Cost, costOf } from './passthrough/measure.ts'

const usualCounts = [1, 16, 64, 128, 200]
/** Of these the last line tells; the others stand beside them. */
const told = 128
/** One process costs what another one does. */
const mostFfmpegs = 16
const framesPerS = 25
/** Until the segments that LL-HLS keeps are as many as they become. */
const settleMs = 32_000
const measureMs = 8000

/**
 * What it costs to carry a camera's 2 Mb/s: the gateway's pull with LL-HLS and recording for 1 to 200
 * cameras in one process (its database beside it counted), `ffmpeg -c copy -f hls` with a process a camera,
 * and reading the sockets without doing anything. Cameras in a process of their own, which is not counted.
 * `[counts…]` of cameras.
 */
export default async function run(args: string[]): Promise<Record<string, unknown>> {
  const [mode, file = '', folder = ''] = args
  if (mode === '--carry' || mode === '--drain')
    return await work(mode, JSON.parse(readFileSync(file, 'utf8')) as string[], folder)
  const counts = args.length === 0 ? usualCounts : args.map(Number)
  const scratch = mkdtempSync(join(tmpdir(), 'xueliang-bench-'))
  // The private database runs under an account of its own.
  chmodSync(scratch, 0o711)
  const children: ChildProcess[] = []
  try {
    const main = counts.includes(told) ? told : Math.max(...counts)
    const urls = await startCameras(scratch, Math.max(...counts), children)
    const ffmpeg = await ffmpegCost(scratch, urls.slice(0, mostFfmpegs))
    say(`ffmpeg: ${JSON.stringify(ffmpeg)}`)
    const drained = perCamera((await measured('--drain', scratch, urls.slice(0, main))).cost, main)
    say(`drain: ${JSON.stringify(drained)}`)
    const byCameras: Record<number, Figures> = {}
    for (const count of counts) {
      const { cost, breaks } = await measured('--carry', scratch, urls.slice(0, count))
      const { cpuMs, rssMb, pssMb } = perCamera(cost, count)
      byCameras[count] = {
        gatewayCpuMs: cpuMs,
        gatewayRssMb: rssMb,
        gatewayPssMb: pssMb,
        cpuRatio: round(cpuMs / ffmpeg.cpuMs),
        memoryRatio: round(rssMb / ffmpeg.rssMb),
        pssRatio: round(pssMb / ffmpeg.pssMb),
        lostPackets: breaks,
      }
      say(`${count} cameras: ${JSON.stringify(byCameras[count])}`)
    }
    return {
      cameras: main,
      ...byCameras[main],
      ffmpegCpuMs: ffmpeg.cpuMs,
      drainCpuMs: drained.cpuMs,
      ffmpegRssMb: ffmpeg.rssMb,
      ffmpegPssMb: ffmpeg.pssMb,
      byCameras,
    }
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(scratch, { recursive: true, force: true })
  }
}

interface Figures {
  readonly gatewayCpuMs: number
  readonly gatewayRssMb: number
  /** What processes share counted once: sixteen ffmpegs share their libraries. */
  readonly gatewayPssMb: number
  readonly cpuRatio: number
  readonly memoryRatio: number
  readonly pssRatio: number
  readonly lostPackets: number
}

/** In a process of its own: says twice a second what it has seen. */
async function work(mode: '--carry' | '--drain', urls: string[], dataDir: string): Promise<never> {
  const look = mode === '--carry' ? await carryAll(urls, dataDir) : await drainAll(urls)
  for (;;) {
    process.stdout.write(`${JSON.stringify(look())}\n`)
    await sleep(500)
  }
}

async function drainAll(urls: readonly string[]): Promise<() => Seen> {
  await Promise.all(urls.map(drain))
  return () => ({ playing: urls.length, breaks: 0 })
}

async function measured(mode: string, scratch: string, urls: readonly string[]) {
  const file = join(scratch, 'urls.json')
  writeFileSync(file, JSON.stringify(urls))
  const dataDir = mkdtempSync(join(scratch, 'data-'))
  chmodSync(dataDir, 0o711)
  const script = join(import.meta.dirname, '..', 'bench.ts')
  const child = spawn(process.execPath, [script, 'passthrough', mode, file, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let seen: Seen = { playing: 0, breaks: 0 }
  createInterface({ input: child.stdout }).on('line', (line) => {
    seen = JSON.parse(line) as Seen
  })
  try {
    const deadline = performance.now() + 60_000
    while (seen.playing < urls.length) {
      if (performance.now() > deadline || child.exitCode !== null) throw new Error(`${mode}: not all play`)
      await sleep(100)
    }
    await sleep(settleMs)
    const { breaks: before } = seen
    const cost = await costOf([child.pid ?? 0], measureMs)
    return { cost, breaks: seen.breaks - before }
  } finally {
    if (child.exitCode === null) {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    // Whatever it had started ends a moment after it.
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 })
  }
}

async function ffmpegCost(scratch: string, urls: readonly string[]) {
  const children = urls.map((url, i) => {
    const target = join(scratch, `hls-${i}`)
    mkdirSync(target)
    const hls = '-map 0:v -c copy -f hls -hls_time 2 -hls_list_size 6 -hls_segment_type fmp4'
    const argv = `-nostdin -v error -rtsp_transport tcp -i ${url} ${hls} -hls_flags delete_segments index.m3u8`
    return spawn('ffmpeg', argv.split(' '), { cwd: target, stdio: 'ignore' })
  })
  try {
    const deadline = performance.now() + 30_000
    while (!urls.every((_, i) => existsSync(join(scratch, `hls-${i}`, 'index.m3u8')))) {
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

function perCamera({ cpuMsPerS, rssMb, pssMb }: Cost, count: number) {
  return {
    cpuMs: round(cpuMsPerS / count),
    rssMb: round(rssMb / count),
    pssMb: round(pssMb / count),
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
