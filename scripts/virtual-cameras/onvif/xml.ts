import { XMLParser } from 'fast-xml-parser'

/** XML that is ready to be sent: only `xml` makes it, so whatever else is put in gets escaped. */
export class Xml {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = Xml | string | number | boolean | readonly Xml[]

/** Template tag: text in `${}` is escaped, Xml goes in as it is. */
export function xml(strings: TemplateStringsArray, ...parts: readonly Part[]): Xml {
  return new Xml(strings.map((string, i) => string + render(parts[i])).join(''))
}

export const noXml = new Xml('')

/** @param name one of our own, never a client's */
export function element(name: string, content: Xml): Xml {
  return new Xml(`<${name}>${content.text}</${name}>`)
}

function render(part: Part | undefined): string {
  if (part === undefined) return ''
  if (part instanceof Xml) return part.text
  if (typeof part === 'object') return part.map(({ text }) => text).join('')
  return String(part).replace(/[<>&'"]/g, (char) => `&#${char.charCodeAt(0)};`)
}

/** One element of a request; names without namespace prefix. */
export class XmlNode {
  readonly #value: unknown

  constructor(value: unknown) {
    this.#value = value
  }

  /** The first child of that name, at each step; undefined where one is missing. */
  at(...path: readonly string[]): XmlNode | undefined {
    let value = this.#value
    for (const name of path) {
      if (Array.isArray(value)) value = value[0]
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
      value = (value as Record<string, unknown>)[name]
    }
    return new XmlNode(Array.isArray(value) ? value[0] : value)
  }

  /** Text of the element at `path`, empty where there is none. */
  text(...path: readonly string[]): string {
    const found = this.at(...path)
    if (found === undefined) return ''
    if (typeof found.#value === 'string') return found.#value
    const inner = found.at('#text')
    return inner !== undefined && typeof inner.#value === 'string' ? inner.#value : ''
  }

  attribute(name: string): string | undefined {
    const found = this.at(`@${name}`)
    return found !== undefined && typeof found.#value === 'string' ? found.#value : undefined
  }

  /** Names of the child elements. */
  get names(): string[] {
    return typeof this.#value === 'object' && this.#value !== null
      ? Object.keys(this.#value).filter((name) => !name.startsWith('@') && name !== '#text')
      : []
  }
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  // Character references; named entities beyond XML's five come along and do no harm.
  htmlEntities: true,
  maxNestedTags: 32,
})

/** Null for what is not XML, or has a document type, which SOAP 1.2 forbids (part 1, section 5). */
export function readXml(text: string): XmlNode | null {
  if (text.includes('<!DOCTYPE')) return null
  try {
    return new XmlNode(parser.parse(text))
  } catch {
    return null
  }
}
