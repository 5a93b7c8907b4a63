import type { CameraImport, ImportReport, UndoAnswer } from '../../src/contract/camera-imports.ts'
import { type CameraBulkPatch, mostAtOnce } from '../../src/contract/cameras.ts'
import { type Answer, ask, get, sendFile } from './api.ts'
import type { PageOf } from './listing.ts'

const mediaTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

function mediaTypeOf(fileName: string): string | null {
  return mediaTypes[/\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? ''] ?? null
}

export function isSheet(file: File): boolean {
  return mediaTypeOf(file.name) !== null
}

/** Of a file that `isSheet`. Aborting it leaves what came in. */
export function importCameras(
  file: File,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<Answer<ImportReport>> {
  const query = { ...(dryRun && { dryRun }), fileName: file.name.slice(-200) }
  return sendFile('/cameras/import', query, file, mediaTypeOf(file.name) ?? 'text/csv', signal)
}

export function readImports(limit: number): Promise<Answer<PageOf<CameraImport>>> {
  return get('/camera-imports', { limit })
}

export function undoImport(id: string): Promise<Answer<UndoAnswer>> {
  return ask('POST', `/camera-imports/${id}/undo`, undefined, undefined, 120_000)
}

/** In portions: it may fail after some of them, and the first failure ends it. */
export async function changeCameras({ ids, change }: CameraBulkPatch): Promise<Answer<{ changed: number }>> {
  for (let at = 0; at < ids.length; at += mostAtOnce) {
    const portion = { ids: ids.slice(at, at + mostAtOnce), change }
    const answer = await ask<{ changed: number }>('PATCH', '/cameras', portion)
    if (!answer.ok) return answer
  }
  return { ok: true, value: { changed: ids.length } }
}

export function nextNationalCode(unitId: string): Promise<Answer<{ nationalCode: string }>> {
  return get(`/units/${unitId}/next-national-code`)
}
