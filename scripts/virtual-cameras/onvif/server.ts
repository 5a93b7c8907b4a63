import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type StreamName, streamNames } from '../../../src/domain/camera.ts'
import type { Digest } from '../digest.ts'
import type { LastingFault } from '../faults.ts'
import type { UsernameTokens } from './security.ts'
import type { Service } from './service.ts'
import { faults, readRequest, SoapFault, type SoapRequest, writeEnvelope, writeFault } from './soap.ts'
import { element } from './xml.ts'

export interface OnvifServerOptions {
  readonly address: string
  /** 0: any free port. */
  readonly port: number
  readonly services: readonly Service[]
  /** Absent: the camera asks nobody for a password. */
  readonly access?: { readonly digest: Digest; readonly tokens: UsernameTokens }
  readonly fault: () => LastingFault | null
  readonly snapshot: (stream: StreamName) => Promise<Buffer>
}

/** Access class PRE_AUTH of Core 5.9.4.3: without them no client could sign anything. */
const openOperations: ReadonlySet<string> = new Set([
  'GetSystemDateAndTime',
  'GetServices',
  'GetServiceCapabilities',
  'GetCapabilities',
  'GetHostname',
  'GetEndpointReference',
])
const MAX_BODY_BYTES = 64 * 1024
const MAX_CONNECTIONS = 64

/** The ONVIF side of one camera: SOAP 1.2 over HTTP, and its snapshots. */
export class OnvifServer {
  readonly #options: OnvifServerOptions
  #server: Server | undefined
  #port: number

  constructor(options: OnvifServerOptions) {
    this.#options = options
    this.#port = options.port
  }

  get port(): number {
    return this.#port
  }

  /** Keeps its port over `close` and `listen`. */
  async listen(): Promise<void> {
    if (this.#server) return
    const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000 }, (request, response) => {
      void this.#handle(request, response).catch(() => response.destroy())
    })
    server.maxConnections = MAX_CONNECTIONS
    this.#server = server
    server.listen(this.#port, this.#options.address)
    await once(server, 'listening')
    const bound = server.address()
    if (typeof bound === 'object' && bound) this.#port = bound.port
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (!server) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  /** Cuts all connections. */
  drop(): void {
    this.#server?.closeAllConnections()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.#options.fault()
    if (fault === 'hang') return
    if (fault === 'garbage') {
      request.socket.end(randomBytes(512))
      return
    }
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const body = await readBody(request)
    if (body === null) send(response, 413, 'text/plain', 'too long')
    else if (request.method === 'GET' && path.startsWith('/onvif/snapshot/'))
      await this.#snapshot(request, response, path)
    else if (request.method === 'POST') await this.#soap(request, response, path, body)
    else send(response, 404, 'text/plain', 'not found')
  }

  async #snapshot(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const stream = streamNames.find((name) => path === `/onvif/snapshot/${name}`)
    if (stream === undefined) send(response, 404, 'text/plain', 'not found')
    else if (!this.#digestHolds(request)) this.#challenge(response, 'text/plain', 'unauthorised')
    else send(response, 200, 'image/jpeg', await this.#options.snapshot(stream))
  }

  async #soap(request: IncomingMessage, response: ServerResponse, path: string, body: string): Promise<void> {
    try {
      const soap = readRequest(body)
      const service = this.#options.services.find(
        (each) => path === each.path || path.startsWith(`${each.path}/`),
      )
      if (!openOperations.has(soap.operation) && !this.#authorise(request, response, soap)) return
      const text = await answer(service, soap, path, request)
      if (!response.writableEnded) send(response, 200, soapType, text)
    } catch (error) {
      const fault = error instanceof SoapFault ? error : new SoapFault('Receiver', ['ter:Action'], 'Failed')
      // SOAP 1.2 part 2, table 20: the sender's faults are 400, the receiver's 500.
      send(response, fault.code === 'Sender' ? 400 : 500, soapType, writeFault(fault))
    }
  }

  /** True, or false when the challenge has been sent. Throws the fault for a token that does not hold. */
  #authorise(request: IncomingMessage, response: ServerResponse, { header }: SoapRequest): boolean {
    const { access } = this.#options
    if (access === undefined) return true
    const token = header?.at('Security', 'UsernameToken')
    if (token !== undefined && request.headers.authorization === undefined) {
      const verdict = this.#options.fault() === 'wrong-password' ? 'wrong' : access.tokens.verify(token)
      if (verdict === 'expired') throw faults.expired()
      if (verdict === 'wrong') throw faults.notAuthorized()
      return true
    }
    if (this.#digestHolds(request)) return true
    this.#challenge(response, soapType, writeFault(faults.notAuthorized()))
    return false
  }

  #digestHolds(request: IncomingMessage): boolean {
    const { access, fault } = this.#options
    if (access === undefined) return true
    if (fault() === 'wrong-password') return false
    return access.digest.verify(request.method ?? '', request.headers.authorization) === 'right'
  }

  #challenge(response: ServerResponse, type: string, body: string): void {
    response.setHeader('WWW-Authenticate', this.#options.access?.digest.challenges(false) ?? [])
    send(response, 401, type, body)
  }
}

const soapType = 'application/soap+xml; charset=utf-8'

async function answer(
  service: Service | undefined,
  { operation, body, header }: SoapRequest,
  path: string,
  request: IncomingMessage,
): Promise<string> {
  const operations = service?.operations
  const run =
    operations !== undefined && Object.hasOwn(operations, operation) ? operations[operation] : undefined
  if (service === undefined || run === undefined) throw faults.unknownAction()
  const gone = new AbortController()
  request.socket.once('close', () => {
    gone.abort()
  })
  const content = await run({ body, path, gone: gone.signal })
  const prefix = service.foreign?.[operation] ?? service.prefix
  const messageId = header?.text('MessageID') ?? ''
  const addressing =
    messageId === '' ? undefined : { action: `${header?.text('Action') ?? ''}Response`, relatesTo: messageId }
  return writeEnvelope(element(`${prefix}:${operation}Response`, content), addressing)
}

/** Null when it is longer than any request of ours. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_BODY_BYTES) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}
