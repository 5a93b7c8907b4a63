/** What a new review is to be of, where the page's address says so. Pure. */
export interface ReviewAddress {
  readonly cameraIds: readonly string[]
  readonly fromMs: number
  readonly toMs: number
}

export const mostCameras = 50
const cameraId = /^[A-Za-z0-9_-]{1,64}$/

export function readAddress(query: URLSearchParams): ReviewAddress | null {
  const wanted = (query.get('cameras') ?? '').split(',').filter((id) => cameraId.test(id))
  const [fromMs, toMs] = [Number(query.get('from') ?? Number.NaN), Number(query.get('to') ?? Number.NaN)]
  if (wanted.length === 0 || !(fromMs >= 0) || !(toMs > fromMs)) return null
  return { cameraIds: [...new Set(wanted)].slice(0, mostCameras), fromMs, toMs }
}
