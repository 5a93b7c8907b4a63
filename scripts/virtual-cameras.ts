import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { demoCameras, fileCameras, type KeyedCamera } from './virtual-cameras/description.ts'
import { cameraFaults, startVirtualCameras, type VirtualCameras } from './virtual-cameras/index.ts'

/**
 * Virtual cameras in a process of their own:
 *
 *   node scripts/virtual-cameras.ts DESCRIPTION.json
 *   node scripts/virtual-cameras.ts --demo --data DATA_DIR [--footage FOOTAGE_DIR]
 *
 * When they are up, one JSON line on standard output tells where each is and what opens it. Lines on
 * standard input bring about faults, `{"camera": "0", "fault": "drop"}`, or heal with `"fault": null`;
 * each is answered by a line. Ends on SIGTERM, SIGINT, and when standard input closes.
 */
const usage = 'usage: virtual-cameras.ts DESCRIPTION.json | --demo --data DATA_DIR [--footage FOOTAGE_DIR]'
const Command = Type.Object({
  camera: Type.String({ maxLength: 100 }),
  fault: Type.Union([Type.Null(), ...cameraFaults.map((fault) => Type.Literal(fault))]),
})

async function described(): Promise<KeyedCamera[]> {
  const { values, positionals } = parseArgs({
    options: { demo: { type: 'boolean' }, data: { type: 'string' }, footage: { type: 'string' } },
    allowPositionals: true,
  })
  const [file] = positionals
  if (values.demo === true && values.data !== undefined && file === undefined)
    return await demoCameras(values.data, values.footage, complain)
  if (values.demo !== true && file !== undefined && positionals.length === 1) return await fileCameras(file)
  throw new Error(usage)
}

function print(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function complain(line: string): void {
  process.stderr.write(`[virtual cameras] ${line}\n`)
}

function readyLine(keyed: readonly KeyedCamera[], { cameras, discoveryFault }: VirtualCameras): unknown {
  return {
    cameras: cameras.map((camera, i) => ({
      key: keyed[i]?.key,
      name: camera.name,
      address: camera.address,
      onvif: camera.onvifUrl,
      onvifPort: camera.onvifPort,
      rtspPort: camera.rtspPort,
      main: camera.rtspUrl('main'),
      sub: camera.rtspUrl('sub'),
      username: camera.username,
      password: camera.password,
    })),
    discovery: discoveryFault === null,
  }
}

async function obey(line: string, keyed: readonly KeyedCamera[], running: VirtualCameras): Promise<unknown> {
  const command: unknown = JSON.parse(line)
  if (!Value.Check(Command, command)) return { error: 'not a command' }
  const camera = running.cameras[keyed.findIndex(({ key }) => key === command.camera)]
  if (camera === undefined) return { error: `no camera ${command.camera}` }
  await camera.fault(command.fault)
  return { done: command }
}

try {
  const keyed = await described()
  const running = await startVirtualCameras({ cameras: keyed.map(({ description }) => description) })
  if (running.discoveryFault !== null) complain(`no WS-Discovery: ${running.discoveryFault.message}`)
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    void running.stop().finally(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  const input = createInterface({ input: process.stdin })
  input.on('close', stop)
  let answering: Promise<void> = Promise.resolve()
  input.on('line', (line) => {
    answering = answering.then(async () => {
      print(await obey(line, keyed, running).catch((error: unknown) => ({ error: String(error) })))
    })
  })
  print(readyLine(keyed, running))
} catch (error) {
  complain(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
