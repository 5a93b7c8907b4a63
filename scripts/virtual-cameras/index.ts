import { VirtualCamera, type VirtualCameraDescription } from './camera.ts'

export type { VirtualCamera, VirtualCameraDescription } from './camera.ts'
export { type CameraFault, cameraFaults } from './faults.ts'

export interface VirtualCamerasDescription {
  readonly cameras: readonly VirtualCameraDescription[]
}

export interface VirtualCameras {
  readonly cameras: readonly VirtualCamera[]
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
  const stop = async (): Promise<void> => {
    await Promise.all(cameras.map((camera) => camera.stop()))
  }
  const failed = started.find((each) => each.status === 'rejected')
  if (failed) {
    await stop()
    throw failed.reason
  }
  return { cameras, stop }
}
