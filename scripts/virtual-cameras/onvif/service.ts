import type { StreamName } from '../../../src/domain/camera.ts'
import { faults } from './soap.ts'
import type { Xml, XmlNode } from './xml.ts'

/** One stream as a media profile tells about it. */
export interface ProfileFacts {
  readonly codec: 'h264' | 'h265'
  readonly widthPx: number
  readonly heightPx: number
  readonly framesPerS: number
  readonly bitrateKbps: number
}

/** What the services ask of their camera. */
export interface OnvifFacts {
  readonly name: string
  readonly address: string
  /** `uuid:…`, the same over restarts. */
  readonly endpoint: () => string
  readonly serial: string
  readonly hasPtz: boolean
  readonly hasAudio: boolean
  readonly profiles: Readonly<Record<StreamName, ProfileFacts>>
  /** The camera's own clock. */
  readonly now: () => number
  readonly rtspUrl: (stream: StreamName) => string
  /** Asks the encoder for a keyframe. */
  readonly synchronise: (stream: StreamName) => void
  /** `http://address:port` of its ONVIF side. */
  readonly origin: () => string
}

/** One call: the operation's element, and the path it was posted to. */
export interface Call {
  readonly body: XmlNode
  readonly path: string
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal
}

/** Gives the content of the response element. */
export type Operation = (call: Call) => Xml | Promise<Xml>

export interface Service {
  /** The path that GetServices announces; longer paths belong to it too. */
  readonly path: string
  readonly namespace: string
  /** As the envelope declares it. */
  readonly prefix: string
  readonly version: readonly [major: number, minor: number]
  readonly capabilities: Xml
  readonly operations: Readonly<Record<string, Operation>>
  /** Operations of WS-BaseNotification, whose responses are in its namespace. */
  readonly foreign?: Readonly<Record<string, string>>
}

export const SOURCE_TOKEN = 'source-1'

/** Profile tokens are the streams' names behind `profile-`. Throws the fault for any other. */
export function streamOf(token: string): StreamName {
  if (token === 'profile-main') return 'main'
  if (token === 'profile-sub') return 'sub'
  throw faults.invalid('NoProfile', 'The requested profile token does not exist')
}
