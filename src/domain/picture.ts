/** Eight bits a value, planes G, B, R one after the other: ffmpeg's `gbrp`. */
export interface PlanarPicture {
  readonly widthPx: number
  readonly heightPx: number
  readonly gbr: Uint8Array
}
