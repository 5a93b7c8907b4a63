import { once } from 'node:events'
import { connect } from 'node:net'

/** Plays one stream over TCP (RFC 2326 10.12) and throws away what comes: the least that anybody can do. */
export async function drain(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  let sequence = 0
  const ask = async (method: string, target: string, headers: string): Promise<string> => {
    socket.write(`${method} ${target} RTSP/1.0\r\nCSeq: ${++sequence}\r\n${headers}\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString('latin1')
  }
  const description = await ask('DESCRIBE', url, 'Accept: application/sdp\r\n')
  const [, control = ''] = /m=video[^]*?a=control:(\S+)/.exec(description) ?? []
  const track = control.startsWith('rtsp:') ? control : `${url}/${control}`
  const setup = await ask('SETUP', track, 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n')
  const [, session = ''] = /^Session: *([^;\r]+)/im.exec(setup) ?? []
  socket.write(`PLAY ${url} RTSP/1.0\r\nCSeq: ${++sequence}\r\nSession: ${session}\r\n\r\n`)
  socket.resume()
  socket.on('error', (error) => {
    throw error
  })
}
