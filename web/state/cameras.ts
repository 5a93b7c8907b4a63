import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Camera, CameraPatch, CameraQuery, NewCamera } from '../../src/contract/cameras.ts'
import type { CameraStateEvent } from '../../src/contract/socket.ts'
import { type Answer, ask, get } from './api.ts'
import { on, onOpen } from './connection.ts'
import type { PageOf } from './listing.ts'

/** What is known of one camera: not read yet, the camera, or that it is gone. */
export type KnownCamera = Camera | 'unread' | 'gone'

/** One signal a camera: with 50,000 of them a state change may redraw only its own rows. */
const known = new Map<string, Signal<KnownCamera>>()
const asked = new Set<string>()

function entry(cameraId: string): Signal<KnownCamera> {
  let found = known.get(cameraId)
  if (!found) {
    found = signal<KnownCamera>('unread')
    known.set(cameraId, found)
  }
  return found
}

function learn(cameras: readonly Camera[]): void {
  for (const camera of cameras) entry(camera.id).value = camera
}

/** The camera as last heard of; asks the gateway when it is not known. */
export function cameraSignal(cameraId: string): ReadonlySignal<KnownCamera> {
  const found = entry(cameraId)
  if (found.peek() === 'unread' && !asked.has(cameraId)) {
    asked.add(cameraId)
    void readCamera(cameraId)
  }
  return found
}

export function knownCamera(cameraId: string): Camera | null {
  const camera = cameraSignal(cameraId).value
  return typeof camera === 'string' ? null : camera
}

async function readCamera(cameraId: string): Promise<Answer<Camera>> {
  const answer = await get<Camera>(`/cameras/${cameraId}`)
  if (answer.ok) learn([answer.value])
  else if (answer.failure.status === 404) entry(cameraId).value = 'gone'
  else asked.delete(cameraId)
  return answer
}

export async function readCameras(query: CameraQuery, signal?: AbortSignal): Promise<Answer<PageOf<Camera>>> {
  const answer = await get<PageOf<Camera>>('/cameras', query, signal)
  if (answer.ok) learn(answer.value.items)
  return answer
}

export async function addCamera(camera: NewCamera): Promise<Answer<Camera>> {
  const answer = await ask<Camera>('POST', '/cameras', camera)
  if (answer.ok) learn([answer.value])
  return answer
}

export async function changeCamera(cameraId: string, patch: CameraPatch): Promise<Answer<Camera>> {
  const answer = await ask<Camera>('PATCH', `/cameras/${cameraId}`, patch)
  if (answer.ok) learn([answer.value])
  return answer
}

export async function removeCamera(cameraId: string): Promise<Answer<unknown>> {
  const answer = await ask('DELETE', `/cameras/${cameraId}`)
  if (answer.ok) entry(cameraId).value = 'gone'
  return answer
}

const stateListeners = new Set<(event: CameraStateEvent) => void>()

/** Returns the way to stop listening. */
export function onCameraState(listener: (event: CameraStateEvent) => void): () => void {
  stateListeners.add(listener)
  return () => stateListeners.delete(listener)
}

export function keepCameras(): void {
  on('camera:state', (event) => {
    const found = known.get(event.cameraId)
    const camera = found?.peek()
    if (found && typeof camera === 'object') {
      const { fault: _, ...rest } = camera
      const changed = { ...rest, state: event.state, since: event.since }
      found.value = event.fault ? { ...changed, fault: event.fault } : changed
    }
    for (const listener of stateListeners) listener(event)
  })
  // What changed before the socket stood or during a break was not replayed. Lists read themselves anew.
  onOpen(() => {
    for (const id of shown) if (known.get(id)?.peek() !== 'gone') waiting.push(id)
    void reread()
  })
}

let rereading = 0
const rereadAtOnce = 4
const waiting: string[] = []

async function reread(): Promise<void> {
  if (rereading >= rereadAtOnce) return
  const next = waiting.shift()
  if (next === undefined) return
  rereading++
  void reread()
  await readCamera(next)
  rereading--
  void reread()
}

/** Cameras that a screen shows one by one (tiles); lists read themselves anew. */
const shown = new Set<string>()
export function setShown(cameraIds: readonly string[]): void {
  shown.clear()
  for (const id of cameraIds) shown.add(id)
}
