import type { Camera } from '../../src/contract/cameras.ts'
import { type Cluster, clusters, coneArc, type Dot, type LabelBox, withoutOverlap } from './map-geometry.ts'
import type { Scene, Sheet } from './scene.ts'

/** How far a view cone reaches on the ground, and on the screen at least and at most. */
const coneM = 60
const stateColours: Readonly<Record<Camera['state'], string>> = {
  online: '--online',
  connecting: '--accent',
  degraded: '--warning',
  offline: '--offline',
}

/** Draws the cameras and answers where each mark is, for the pointer. */
export function paintCameras(sheet: Sheet, scene: Scene, taken: LabelBox[]): readonly Cluster<Camera>[] {
  const { width, height, place, letterPx } = sheet
  const margin = letterPx * 4
  const inView: { at: Dot; item: Camera }[] = []
  for (const camera of scene.cameras) {
    if (!camera.location) continue
    const at = place(camera.location.lon, camera.location.lat)
    if (at.x < -margin || at.y < -margin || at.x > width + margin || at.y > height + margin) continue
    inView.push({ at, item: camera })
  }
  const marks = clusters(inView, letterPx * 1.4)
  if (scene.cones)
    for (const { at, members } of marks) if (members.length === 1) paintCone(sheet, members[0], at)
  for (const mark of marks) paintMark(sheet, mark, scene.chosen)
  paintNames(sheet, marks, taken)
  return marks
}

function paintCone(sheet: Sheet, camera: Camera | undefined, { x, y }: Dot): void {
  if (!camera || camera.headingDeg === null) return
  const { pen, letterPx, pxPerMetre, colour } = sheet
  const { from, to } = coneArc(camera.headingDeg, camera.fieldOfViewDeg ?? 60)
  const radius = Math.min(Math.max(coneM * pxPerMetre, letterPx * 2.2), letterPx * 7)
  pen.beginPath()
  pen.moveTo(x, y)
  pen.arc(x, y, radius, from, to)
  pen.closePath()
  pen.fillStyle = pen.strokeStyle = colour(stateColours[camera.state])
  pen.globalAlpha = 0.2
  pen.fill()
  pen.globalAlpha = 0.7
  pen.lineWidth = 1
  pen.stroke()
  pen.globalAlpha = 1
}

function paintMark(sheet: Sheet, { at: { x, y }, members }: Cluster<Camera>, chosen: string | null): void {
  const { pen, letterPx, colour, font } = sheet
  const [camera] = members
  if (!camera) return
  const several = members.length > 1
  const radius = several ? letterPx * 0.95 : letterPx * 0.5
  pen.beginPath()
  pen.arc(x, y, radius, 0, Math.PI * 2)
  pen.fillStyle = colour('--surface-1')
  pen.fill()
  pen.lineWidth = 2
  const worst = members.find((member) => member.state !== 'online') ?? camera
  pen.strokeStyle = colour(stateColours[worst.state])
  pen.stroke()
  if (several) {
    pen.fillStyle = colour('--text')
    pen.font = `600 ${letterPx * 0.9}px ${font}`
    pen.textBaseline = 'middle'
    const text = String(members.length)
    pen.fillText(text, x - pen.measureText(text).width / 2, y + 1)
  } else paintState(sheet, camera.state, x, y, radius * 0.55)
  if (members.some((member) => member.id === chosen)) {
    pen.beginPath()
    pen.arc(x, y, radius + 5, 0, Math.PI * 2)
    pen.strokeStyle = colour('--accent')
    pen.stroke()
  }
}

/** The same shapes as in lists: filled, half, triangle, cross. */
function paintState({ pen, colour }: Sheet, state: Camera['state'], x: number, y: number, r: number): void {
  pen.fillStyle = pen.strokeStyle = colour(stateColours[state])
  pen.beginPath()
  if (state === 'online') pen.arc(x, y, r, 0, Math.PI * 2)
  else if (state === 'connecting') pen.arc(x, y, r, -Math.PI / 2, Math.PI / 2)
  else if (state === 'degraded') {
    pen.moveTo(x, y - r)
    pen.lineTo(x + r, y + r)
    pen.lineTo(x - r, y + r)
  } else {
    pen.moveTo(x - r, y - r)
    pen.lineTo(x + r, y + r)
    pen.moveTo(x + r, y - r)
    pen.lineTo(x - r, y + r)
    pen.stroke()
    return
  }
  pen.fill()
}

function paintNames(sheet: Sheet, marks: readonly Cluster<Camera>[], taken: LabelBox[]): void {
  const { pen, letterPx, colour, font } = sheet
  // With hundreds in view names would be noise; a closer look shows them.
  if (marks.length > 250) return
  pen.font = `${letterPx}px ${font}`
  pen.textBaseline = 'top'
  for (const { at } of marks) {
    taken.push({ x: at.x - letterPx / 2, y: at.y - letterPx / 2, width: letterPx, height: letterPx })
  }
  const wanted = marks.flatMap(({ at, members }) => {
    const [camera] = members
    if (!camera || members.length > 1) return []
    const width = pen.measureText(camera.name).width
    const box = { x: at.x - width / 2, y: at.y + letterPx * 0.75, width, height: letterPx * 1.25 }
    return [{ ...box, text: camera.name }]
  })
  pen.lineWidth = 3
  pen.lineJoin = 'round'
  for (const { x, y, text } of withoutOverlap(wanted, taken)) {
    pen.strokeStyle = colour('--map-ground')
    pen.strokeText(text, x, y)
    pen.fillStyle = colour('--text')
    pen.fillText(text, x, y)
  }
}
