import type { PictureHandle } from '../live/live-picture.tsx'

/** The running pictures by camera, for acts that come from keys and buttons. */
export const pictures = new Map<string, () => PictureHandle | null>()
