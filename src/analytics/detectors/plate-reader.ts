import { GatewayError } from '../../domain/errors.ts'
import type { PicturePoint } from '../../domain/geometry.ts'
import type { PlanarPicture } from '../../domain/picture.ts'
import type { DecodedPlate } from '../../domain/plate-decoding.ts'
import { type ModelEntry, readLabels } from '../manifest.ts'
import type { FoundModel } from '../weights.ts'
import { Inference } from './inference.ts'
import { decodeLprnet, lprnetInput } from './lprnet.ts'
import { rectify } from './rectify.ts'

/** Reads a plate whose corners were found. */
export class PlateReader {
  readonly entry: ModelEntry
  readonly #inference: Inference
  readonly #ownInference: boolean
  readonly #session: number
  readonly #symbols: readonly string[]

  private constructor(entry: ModelEntry, inference: Inference, own: boolean, session: number) {
    this.entry = entry
    this.#inference = inference
    this.#ownInference = own
    this.#session = session
    this.#symbols = readLabels(entry.classes)
  }

  /** @param shared where models that take turns run; unset: a thread of its own. */
  static async load({ entry, path }: FoundModel, shared?: Inference): Promise<PlateReader> {
    if (entry.family !== 'lprnet') {
      throw new GatewayError({
        kind: 'internal',
        code: 'model-family-unknown',
        message: `no reader knows the family ${entry.family} of ${entry.name}`,
      })
    }
    const inference = shared ?? new Inference()
    return new PlateReader(entry, inference, shared === undefined, await inference.load(path))
  }

  /**
   * The picture is read before the first wait.
   *
   * @param corners from the upper left one clockwise
   * @returns null: nothing that is a plate
   */
  async read(picture: PlanarPicture, corners: readonly PicturePoint[]): Promise<DecodedPlate | null> {
    const { input } = this.entry
    const { size } = input
    if (!('width' in size)) throw new RangeError(`${this.entry.name} needs an input of one size`)
    const values = rectify(picture, corners, { ...input, size })
    const feeds = { [lprnetInput]: { data: values, dims: [1, 3, size.height, size.width] } }
    const outputs = await this.#inference.run(this.#session, feeds, null)
    return decodeLprnet(
      Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data])),
      this.#symbols,
    )
  }

  async close(): Promise<void> {
    if (this.#ownInference) await this.#inference.close()
    else await this.#inference.unload(this.#session)
  }
}
