import { effect, signal } from '@preact/signals'
import { io, type Socket } from 'socket.io-client'
import type { ClientEvents, ServerEvents } from '../../src/contract/socket.ts'
import { account, loadSession } from './session.ts'

type Line = Socket<ServerEvents, ClientEvents>

/** `lost` only after a connection had been there: the first try is no loss. */
export const connection = signal<{ state: 'opening' | 'open' | 'lost'; sinceMs: number }>({
  state: 'opening',
  sinceMs: 0,
})

let line: Line | null = null
let watched: readonly string[] = []
const arrivals = new Map<keyof ServerEvents, ((event: never) => void)[]>()
const openings = new Set<() => void>()

/** Listens whatever becomes of the socket behind it. Returns the way to stop. */
export function on<Name extends keyof ServerEvents>(name: Name, listener: ServerEvents[Name]): () => void {
  arrivals.set(name, [...(arrivals.get(name) ?? []), listener])
  line?.on(name, listener as never)
  return () => {
    arrivals.set(
      name,
      (arrivals.get(name) ?? []).filter((other) => other !== listener),
    )
    line?.off(name, listener as never)
  }
}

/**
 * Called at every (re)connection: the socket replays nothing, so each store asks for what it missed.
 * Returns the way to stop.
 */
export function onOpen(listener: () => void): () => void {
  openings.add(listener)
  return () => openings.delete(listener)
}

/** Replaces the cameras whose detections are wanted. */
export function watch(cameraIds: readonly string[]): void {
  watched = cameraIds
  if (line?.connected === true) sendWatched(line)
}

function sendWatched(to: Line): void {
  to.emit('watch', [...watched], (code) => {
    if (code !== null) console.warn(`watch refused: ${code}`)
  })
}

function open(): Line {
  // A polling transport would hold one of the six HTTP connections that the tiles share.
  const opened: Line = io({
    transports: ['websocket', 'polling'],
    reconnectionDelay: 500,
    reconnectionDelayMax: 5000,
  })
  for (const [name, listeners] of arrivals) {
    for (const listener of listeners) opened.on(name, listener as never)
  }
  opened.on('connect', () => {
    connection.value = { state: 'open', sinceMs: Date.now() }
    sendWatched(opened)
    for (const listener of openings) listener()
  })
  opened.on('disconnect', (reason) => {
    connection.value = { state: 'lost', sinceMs: Date.now() }
    // The gateway ended it (session revoked, restart): the client must ask anew by itself.
    if (reason === 'io server disconnect') {
      void loadSession()
      setTimeout(() => opened.connect(), 1000)
    }
  })
  opened.on('connect_error', () => {
    if (connection.peek().state === 'open') connection.value = { state: 'lost', sinceMs: Date.now() }
    // A refusal by the gateway's sign-in hook does not retry by itself.
    if (!opened.active) {
      void loadSession()
      setTimeout(() => opened.connect(), 3000)
    }
  })
  return opened
}

/** Keeps a socket open while somebody is signed in with a password of their own. */
export function keepConnected(): void {
  effect(() => {
    const wanted = account.value?.mustChangePassword === false
    if (wanted && line === null) line = open()
    if (!wanted && line !== null) {
      line.disconnect()
      line = null
      connection.value = { state: 'opening', sinceMs: 0 }
    }
  })
}
