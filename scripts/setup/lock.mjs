import { createHash } from 'node:crypto'
import { connect, createServer } from 'node:net'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { root } from './places.mjs'
import { say } from './run.mjs'

/**
 * Holds off a second set-up of the same clone. The lock is a socket in Linux's abstract namespace: the
 * kernel gives it to one process and takes it back when that process ends, however it ends, so there
 * is no stale lock to clear away.
 * @returns {Promise<() => void>} release
 */
export async function setUpLock() {
  if (process.platform !== 'linux') return () => undefined
  const name = `\0xueliang-set-up-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`
  for (let waited = false; ; waited = true) {
    const release = await listen(name)
    if (release !== null) return release
    if (!waited) say('another set-up of this clone is at work: waiting for it')
    await ended(name)
    await pause(50)
  }
}

/**
 * @param {string} name
 * @returns {Promise<(() => void) | null>} null when somebody else holds it
 */
function listen(name) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on('error', () => undefined))
    /** @type {Set<import('node:net').Socket>} */
    const waiting = new Set()
    server.on('connection', (socket) => waiting.add(socket))
    server.on('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    server.listen(name, () =>
      resolve(() => {
        server.close()
        for (const socket of waiting) socket.destroy()
      }),
    )
  })
}

/**
 * Resolves when the holder has let go.
 * @param {string} name
 * @returns {Promise<void>}
 */
function ended(name) {
  return new Promise((resolve) => {
    const socket = connect(name)
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.resume()
  })
}
