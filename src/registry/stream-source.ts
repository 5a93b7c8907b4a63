import type { StreamName, StreamTransport } from '../domain/camera.ts'
import type { CameraId } from '../domain/ids.ts'

/** Everything needed to pull one stream. Only `media` sees it: it never enters an answer or a log. */
export interface StreamSource {
  readonly cameraId: CameraId
  /** What the URL gives: `main` also where a substream was asked for and the camera has none. */
  readonly stream: StreamName
  /** rtsp:// or rtsps://, without credentials */
  readonly url: string
  /** Absent: `auto`. */
  readonly transport?: StreamTransport
  readonly username?: string
  readonly password?: string
}
