import { VirtualCamera, type VirtualCameraDescription } from './camera.ts'
import { DiscoveryResponder } from './onvif/discovery.ts'

export type { VirtualCamera, VirtualCameraDescription } from './camera.ts'
export { cameraFaults } from './faults.ts'

export interface VirtualCamerasDescription {
  readonly cameras: readonly VirtualCameraDescription[]
  /** False: no WS-Discovery for any of them. */
  readonly discovery?: boolean
}

export interface VirtualCameras {
  readonly cameras: readonly VirtualCamera[]
  /** Why they cannot be found by WS-Discovery, where they should be. All else works. */
  readonly discoveryFault: Error | null
  stop(): Promise<void>
}

/** Starts standards-conforming cameras on loopback, all in this process, from video files. */
export async function startVirtualCameras(description: VirtualCamerasDescription): Promise<VirtualCameras> {
  const started = await Promise.allSettled(
    description.cameras.map((camera, i) =>
      VirtualCamera.start(camera, camera.address ?? `127.0.${1 + Math.floor(i / 250)}.${1 + (i % 250)}`),
    ),
  )
  const cameras = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const stopCameras = async (): Promise<void> => {
    await Promise.all(cameras.map((camera) => camera.stop()))
  }
  const failed = started.find((each) => each.status === 'rejected')
  if (failed) {
    await stopCameras()
    throw failed.reason
  }
  const responder = new DiscoveryResponder(() => cameras.flatMap((camera) => camera.announcement ?? []))
  const discoveryFault =
    description.discovery === false
      ? null
      : await responder.start().then(
          () => null,
          (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
        )
  const stop = async (): Promise<void> => {
    await responder.stop()
    await stopCameras()
  }
  return { cameras, discoveryFault, stop }
}
