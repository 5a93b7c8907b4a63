/** What may be dragged onto a tile: a camera from the tree or another tile. */
const cameraType = 'application/x-xueliang-camera'
const tileType = 'application/x-xueliang-tile'

export type Dragged =
  | { readonly kind: 'camera'; readonly cameraId: string }
  | { readonly kind: 'tile'; readonly index: number }

export function dragCamera(event: DragEvent, cameraId: string): void {
  event.dataTransfer?.setData(cameraType, cameraId)
}

export function dragTile(event: DragEvent, index: number): void {
  event.dataTransfer?.setData(tileType, String(index))
}

/** While dragging, a browser tells the types only. */
export function isOurs(event: DragEvent): boolean {
  const types = event.dataTransfer?.types ?? []
  return types.includes(cameraType) || types.includes(tileType)
}

export function dropped(event: DragEvent): Dragged | null {
  const cameraId = event.dataTransfer?.getData(cameraType) ?? ''
  if (cameraId !== '') return { kind: 'camera', cameraId }
  const index = event.dataTransfer?.getData(tileType) ?? ''
  return index === '' ? null : { kind: 'tile', index: Number(index) }
}
