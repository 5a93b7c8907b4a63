import type { Socket } from 'node:net'
import type { RtspConnection } from './connection.ts'

const MAX_HEAD_BYTES = 16 * 1024
const MIME = 'application/x-rtsp-tunnelled'

/**
 * RTSP over HTTP as QuickTime began it: a GET whose answer never ends brings what the camera says, a POST
 * with the same cookie takes what the client says, in base64. Plain RTSP comes on the same port.
 */
export class Tunnels {
  readonly #connect: (socket: Socket) => RtspConnection
  readonly #open = new Map<string, RtspConnection>()

  constructor(connect: (socket: Socket) => RtspConnection) {
    this.#connect = connect
  }

  /** A new connection, of which nobody knows yet what it speaks. */
  accept(socket: Socket): void {
    let held = Buffer.alloc(0)
    const take = (bytes: Buffer): void => {
      held = Buffer.concat([held, bytes])
      if (held.length < 4) return
      const method = /^(GET|POST) /.exec(held.toString('latin1', 0, 5))?.[1]
      const end = held.indexOf('\r\n\r\n')
      if (method !== undefined && end < 0 && held.length < MAX_HEAD_BYTES) return
      socket.off('data', take)
      if (method === undefined) this.#plain(socket, held)
      else this.#tunnel(socket, method, held.toString('latin1', 0, Math.max(end, 0)), held.subarray(end + 4))
    }
    socket.on('data', take)
  }

  #plain(socket: Socket, first: Buffer): void {
    const connection = this.#connect(socket)
    socket.on('data', (bytes) => connection.receive(bytes))
    connection.receive(first)
  }

  #tunnel(socket: Socket, method: string, head: string, rest: Buffer): void {
    const cookie = /^x-sessioncookie:\s*([\w.-]{1,64})\s*$/im.exec(head)?.[1]
    if (cookie === undefined) {
      socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')
      return
    }
    if (method === 'GET') {
      socket.write(
        `HTTP/1.0 200 OK\r\nContent-Type: ${MIME}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n`,
      )
      this.#open.set(cookie, this.#connect(socket))
      socket.on('close', () => this.#open.delete(cookie))
      return
    }
    const connection = this.#open.get(cookie)
    if (connection === undefined) {
      socket.end('HTTP/1.0 404 Not Found\r\n\r\n')
      return
    }
    let text = ''
    const take = (bytes: Buffer): void => {
      text += bytes.toString('latin1').replaceAll(/[\r\n]/g, '')
      const whole = text.length - (text.length % 4)
      // Each message is encoded by itself: its padding may stand in the midst of what came.
      const groups = text.slice(0, whole).match(/.{4}/g) ?? []
      text = text.slice(whole)
      connection.receive(Buffer.concat(groups.map((group) => Buffer.from(group, 'base64'))))
    }
    socket.on('data', take)
    if (rest.length > 0) take(rest)
  }
}
