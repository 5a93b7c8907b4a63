import { GatewayError } from '../../domain/errors.ts'

/** One element; names without their namespace prefix, `xmlns` declarations left out. */
export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Its own text, trimmed. */
  readonly text: string
}

const xmlLimits = { depth: 64, elements: 50_000, attributes: 64 } as const

interface Growing {
  readonly rawName: string
  readonly name: string
  readonly attributes: Map<string, string>
  readonly children: XmlElement[]
  text: string
}

/**
 * Reads what devices send: XML 1.0 without a document type. A DTD is refused outright, since SOAP 1.2
 * forbids one (part 1, section 5) and every entity bomb needs one. One pass, linear in the length.
 * Throws `onvif-bad-reply`, or `onvif-too-large` past a limit.
 */
export function readXml(text: string): XmlElement {
  const open: Growing[] = []
  let root: XmlElement | null = null
  let elements = 0
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0

  while (at < text.length) {
    const tag = text.indexOf('<', at)
    const current = open.at(-1)
    const between = text.slice(at, tag === -1 ? text.length : tag)
    if (current !== undefined) current.text += decodeText(between)
    else if (between.trim() !== '') throw bad('text outside the document')
    if (tag === -1) break

    if (text.startsWith('<!--', tag)) {
      at = after(text, '-->', tag + 4)
    } else if (text.startsWith('<![CDATA[', tag)) {
      at = after(text, ']]>', tag + 9)
      if (current === undefined) throw bad('text outside the document')
      current.text += text.slice(tag + 9, at - 3)
    } else if (text.startsWith('<?', tag)) {
      at = after(text, '?>', tag + 2)
    } else if (text.startsWith('<!', tag)) {
      throw bad('a document type, which SOAP forbids')
    } else if (text.startsWith('</', tag)) {
      at = after(text, '>', tag + 2)
      const closed = open.pop()
      if (closed === undefined || closed.rawName !== text.slice(tag + 2, at - 1).trim()) {
        throw bad('an end tag without its start')
      }
      const element = { ...closed, text: closed.text.trim() }
      const parent = open.at(-1)
      if (parent !== undefined) parent.children.push(element)
      else root = element
    } else {
      if (root !== null) throw bad('a second document element')
      if (++elements > xmlLimits.elements) throw tooLarge('elements')
      const start = readStartTag(text, tag)
      at = start.end
      if (start.empty) {
        const element = { ...start.element }
        if (current !== undefined) current.children.push(element)
        else root = element
      } else {
        open.push(start.element)
        if (open.length > xmlLimits.depth) throw tooLarge('nesting')
      }
    }
  }
  if (root === null || open.length > 0) throw bad('the document ends too early')
  return root
}

/** First child of that name, at each step. */
export function descend(element: XmlElement, ...names: string[]): XmlElement | undefined {
  let found: XmlElement | undefined = element
  for (const name of names) found = found?.children.find((child) => child.name === name)
  return found
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&'"]/g, (char) => `&#${char.charCodeAt(0)};`)
}

const nameAt = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y
const attributeAt = /\s+([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y
const endAt = /\s*(\/?)>/y

function readStartTag(text: string, tag: number): { element: Growing; end: number; empty: boolean } {
  nameAt.lastIndex = tag + 1
  const rawName = nameAt.exec(text)?.[0]
  if (rawName === undefined) throw bad('something that is not a tag')
  const attributes = new Map<string, string>()
  let at = nameAt.lastIndex
  for (;;) {
    attributeAt.lastIndex = at
    const found = attributeAt.exec(text)
    if (found === null) break
    at = attributeAt.lastIndex
    const [, rawAttribute = '', double, single] = found
    if (rawAttribute === 'xmlns' || rawAttribute.startsWith('xmlns:')) continue
    attributes.set(localName(rawAttribute), decodeText(double ?? single ?? ''))
    if (attributes.size > xmlLimits.attributes) throw tooLarge('attributes')
  }
  endAt.lastIndex = at
  const end = endAt.exec(text)
  if (end === null) throw bad('a start tag that does not end')
  return {
    element: { rawName, name: localName(rawName), attributes, children: [], text: '' },
    end: endAt.lastIndex,
    empty: end[1] === '/',
  }
}

function localName(rawName: string): string {
  return rawName.slice(rawName.indexOf(':') + 1)
}

const predefined: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Only the five predefined entities and character references exist without a DTD. */
function decodeText(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{1,16}));|&/g, (_, decimal, hex, name) => {
    if (typeof name === 'string' && Object.hasOwn(predefined, name)) return predefined[name] ?? ''
    const code =
      typeof decimal === 'string'
        ? Number.parseInt(decimal, 10)
        : typeof hex === 'string'
          ? Number.parseInt(hex, 16)
          : Number.NaN
    if (!(code > 0 && code <= 0x10ffff)) throw bad('an entity that is not defined')
    return String.fromCodePoint(code)
  })
}

function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from)
  if (found === -1) throw bad('the document ends too early')
  return found + end.length
}

function bad(what: string): GatewayError {
  return new GatewayError({
    kind: 'upstream',
    code: 'onvif-bad-reply',
    message: `the device's XML has ${what}`,
  })
}

function tooLarge(what: string): GatewayError {
  return new GatewayError({
    kind: 'upstream',
    code: 'onvif-too-large',
    message: `the device's XML has too many ${what}`,
  })
}
