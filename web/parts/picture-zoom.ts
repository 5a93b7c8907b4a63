/** Looking closer at a picture: how it is enlarged and which part is seen. Pure. */
export interface PictureZoom {
  /** 1 shows all of it. */
  readonly scale: number
  /** Where its upper left corner lies, in shares of the frame; never right of or below the frame's own. */
  readonly x: number
  readonly y: number
}

export const wholePicture: PictureZoom = { scale: 1, x: 0, y: 0 }
const most = 16

function kept(scale: number, x: number, y: number): PictureZoom {
  const least = 1 - scale
  return { scale, x: Math.min(0, Math.max(least, x)), y: Math.min(0, Math.max(least, y)) }
}

/** The point of the picture below the pointer (shares of the frame) stays there. */
export function zoomedAt(zoom: PictureZoom, factor: number, x: number, y: number): PictureZoom {
  const scale = Math.min(Math.max(zoom.scale * factor, 1), most)
  const by = scale / zoom.scale
  return kept(scale, x - (x - zoom.x) * by, y - (y - zoom.y) * by)
}

export function shifted({ scale, x, y }: PictureZoom, byX: number, byY: number): PictureZoom {
  return kept(scale, x + byX, y + byY)
}

export function zoomStyle({ scale, x, y }: PictureZoom): Record<string, string> {
  if (scale === 1) return {}
  return { transform: `translate(${x * 100}%, ${y * 100}%) scale(${scale})`, transformOrigin: '0 0' }
}
