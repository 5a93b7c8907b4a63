import { Coverage } from '../domain/coverage.ts'
import type { CameraId } from '../domain/ids.ts'
import type { UtcMs } from '../domain/time.ts'
import type { CoverageLedger } from './coverage-ledger.ts'

/** Of every camera, whether it is inspected, and if not why; each change goes to the ledger. */
export class CoverageBoard {
  readonly #ledger: Pick<CoverageLedger, 'add'>
  readonly #cameras = new Map<CameraId, Coverage>()

  constructor(ledger: Pick<CoverageLedger, 'add'>) {
    this.#ledger = ledger
  }

  /** From now on it is to be analysed like this. */
  follow(cameraId: CameraId, framesPerS: number, reason: string): void {
    const atUtcMs = Date.now()
    this.#cameras.get(cameraId)?.end(atUtcMs)
    const tell = (span: Parameters<CoverageLedger['add']>[1]) => this.#ledger.add(cameraId, span)
    this.#cameras.set(cameraId, new Coverage(framesPerS, { atUtcMs, reason }, tell))
  }

  inspected(cameraId: CameraId, arrivedUtcMs: UtcMs): void {
    this.#cameras.get(cameraId)?.inspected(arrivedUtcMs)
  }

  look(cameraId: CameraId, nowUtcMs: UtcMs, reason: string): void {
    this.#cameras.get(cameraId)?.look(nowUtcMs, reason)
  }

  /** The camera is gone. */
  forget(cameraId: CameraId): void {
    this.#cameras.get(cameraId)?.end(Date.now())
    this.#cameras.delete(cameraId)
  }
}
