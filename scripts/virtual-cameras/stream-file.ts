import { stat } from 'node:fs/promises'
import { GatewayError } from '../../src/domain/errors.ts'
import { type Clip, MAX_FILE_BYTES, readClip } from './clip.ts'
import type { ProfileFacts } from './onvif/service.ts'
import { type Track, videoTrack } from './rtp/track.ts'

/** A video file made ready to be served: its packets, and what ONVIF tells of it. */
export interface StreamFile {
  readonly path: string
  readonly track: Track
  readonly durationMs: number
  readonly profile: ProfileFacts
}

const kept = new Map<string, Promise<StreamFile>>()

/**
 * Reads a file once per process: cameras that serve the same one share its packets. The pictures behind
 * them are not kept.
 */
export async function openStreamFile(path: string): Promise<StreamFile> {
  const { size, mtimeMs } = await stat(path).catch((cause: unknown) => {
    throw new GatewayError({
      kind: 'not-found',
      code: 'clip-missing',
      message: `no video file ${path}`,
      cause,
    })
  })
  if (size > MAX_FILE_BYTES)
    throw new GatewayError({ kind: 'too-large', code: 'clip-too-large', message: `${path} is over 256 MiB` })
  const key = `${path} ${size} ${mtimeMs}`
  let file = kept.get(key)
  if (!file) {
    file = readClip(path).then((clip) => ({
      path,
      track: videoTrack(clip),
      durationMs: clip.duration90k / 90,
      profile: profileOf(clip),
    }))
    kept.set(key, file)
    file.catch(() => kept.delete(key))
  }
  return file
}

function profileOf({ codec, width, height, accessUnits, duration90k }: Clip): ProfileFacts {
  const seconds = duration90k / 90_000
  const bytes = accessUnits.reduce((sum, { nals }) => sum + nals.reduce((n, nal) => n + nal.length, 0), 0)
  const framesPerS = Math.round((accessUnits.length / seconds) * 100) / 100
  const bitrateKbps = Math.ceil((bytes * 8) / seconds / 1000)
  return { codec, widthPx: width, heightPx: height, framesPerS, bitrateKbps }
}
