/** Which page an address means. Pure. */
export type PageName =
  | 'wall'
  | 'map'
  | 'playback'
  | 'reviews'
  | 'alerts'
  | 'statistics'
  | 'devices'
  | 'system'
  | 'rules'

export type PageAddress =
  | { readonly page: Exclude<PageName, 'rules'> }
  | { readonly page: 'rules'; readonly cameraId: string }
  | { readonly page: 'unknown' }

export function pageAt(path: string): PageAddress {
  const [first = '', second, third, ...more] = path.split('/').filter((part) => part !== '')
  if (more.length > 0) return { page: 'unknown' }
  if (first === 'devices' && second !== undefined && third === 'rules') {
    return { page: 'rules', cameraId: second }
  }
  if (second !== undefined) return { page: 'unknown' }
  if (first === '' || first === 'index.html') return { page: 'wall' }
  const known = plainPages.find((name) => name === first)
  return { page: known ?? 'unknown' }
}

const plainPages = [
  'wall',
  'map',
  'playback',
  'reviews',
  'alerts',
  'statistics',
  'devices',
  'system',
] as const

/** Counts and heat of a camera. */
export const statisticsPath = (cameraId: string) => `/statistics?camera=${cameraId}`
export const rulesPath = (cameraId: string) => `/devices/${cameraId}/rules`
/** The wall with this camera filling it. */
export const wallPath = (cameraId: string) => `/wall?camera=${cameraId}`
/** The recordings of these cameras from a moment on. */
export const playbackPath = (cameraIds: readonly string[], atMs: number) =>
  `/playback?cameras=${cameraIds.join(',')}&at=${encodeURIComponent(new Date(Math.round(atMs)).toISOString())}`
/** A new review of what these cameras recorded between two moments. */
export const reviewPath = (cameraIds: readonly string[], fromMs: number, toMs: number) =>
  `/reviews?cameras=${cameraIds.join(',')}&from=${Math.round(fromMs)}&to=${Math.round(toMs)}`
/** The wall with this camera on one of its tiles. */
export const addToWallPath = (cameraId: string) => `/wall?add=${cameraId}`
