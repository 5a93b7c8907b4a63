import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

interface ObjectSchema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, PropertySchema>>
  readonly additionalProperties?: unknown
}

interface PropertySchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
}

/**
 * Holds a request against its schema. A body is taken as it stands; in addresses, where everything is
 * text, numbers and truth values are read and defaults filled in. Unknown fields are refused: a typing
 * error in an optional field must not pass as its absence. So are NUL characters, which PostgreSQL
 * cannot store in text.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const { type, additionalProperties } = schema as ObjectSchema
  const closed =
    type === 'object' && additionalProperties === undefined
      ? { ...schema, additionalProperties: false }
      : schema
  const compiled = Compile(closed)
  return (value: unknown) => {
    const read = httpPart === 'body' ? value : readTexts(schema, value)
    if (!compiled.Check(read)) return { error: faults(compiled.Errors(read)) }
    const nul = nulPath(read, '')
    return nul === null ? { value: read } : { error: [nulFault(nul)] }
  }
}

function faults(all: readonly unknown[]): FastifySchemaValidationError[] {
  // "schema is false" stands before the fault that names the unknown field.
  const found = (all as FastifySchemaValidationError[]).filter(({ keyword }) => keyword !== 'boolean')
  return found.slice(0, 8)
}

function readTexts({ properties = {} }: ObjectSchema, value: unknown): unknown {
  const read: Record<string, unknown> = { ...(value as Record<string, unknown>) }
  for (const [name, schema] of Object.entries(properties)) {
    const given = read[name]
    if (typeof given === 'string') read[name] = readText(schema, given)
    else if (given === undefined && schema.default !== undefined) read[name] = schema.default
  }
  return read
}

/** The text itself where it is not what the schema wants: the check then names it. */
function readText(schema: PropertySchema, text: string): unknown {
  if (schema.enum !== undefined) return schema.enum.find((option) => String(option) === text) ?? text
  switch (schema.type) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text
    case 'number':
      return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text
    case 'boolean':
      return { true: true, 1: true, false: false, 0: false }[text] ?? text
    default:
      return text
  }
}

/** Where in it a NUL character stands; null: nowhere. */
export function nulPath(value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.includes('\0') ? path : null
  if (typeof value !== 'object' || value === null) return null
  for (const [key, inner] of Object.entries(value)) {
    const found = nulPath(inner, `${path}/${key}`)
    if (found !== null) return found
  }
  return null
}

function nulFault(instancePath: string): FastifySchemaValidationError {
  return {
    keyword: 'nul',
    schemaPath: '#',
    instancePath,
    params: {},
    message: 'must not hold a NUL character',
  }
}
