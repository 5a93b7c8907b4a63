/** Which page an address means. Pure. */
export type PageName = 'wall' | 'map' | 'alerts' | 'devices' | 'rules'

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
  if (first === 'wall' || first === 'map' || first === 'alerts' || first === 'devices') return { page: first }
  return { page: 'unknown' }
}

export const rulesPath = (cameraId: string) => `/devices/${cameraId}/rules`
/** The wall with this camera filling it. */
export const wallPath = (cameraId: string) => `/wall?camera=${cameraId}`
/** The wall with this camera on one of its tiles. */
export const addToWallPath = (cameraId: string) => `/wall?add=${cameraId}`
