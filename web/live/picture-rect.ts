export interface Rect {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Where a picture of the given shape lies inside a frame, whole and centred, as `object-fit: contain`. */
export function pictureRect(
  frameWidth: number,
  frameHeight: number,
  pictureWidth: number,
  pictureHeight: number,
): Rect {
  if (pictureWidth <= 0 || pictureHeight <= 0 || frameWidth <= 0 || frameHeight <= 0) {
    return { left: 0, top: 0, width: frameWidth, height: frameHeight }
  }
  const scale = Math.min(frameWidth / pictureWidth, frameHeight / pictureHeight)
  const width = pictureWidth * scale
  const height = pictureHeight * scale
  return { left: (frameWidth - width) / 2, top: (frameHeight - height) / 2, width, height }
}
