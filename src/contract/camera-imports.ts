import { type Static, Type } from 'typebox'
import { Id, Page, PageQuery, Time } from './common.ts'

const FileFormat = Type.Enum(['csv', 'xlsx'])
/** Of the column titles. */
const TitleLanguage = Type.Enum(['zh', 'en'])

/** `POST /api/v1/cameras/import`: the file itself is the body. */
export const ImportQuery = Type.Object(
  {
    /** Everything is checked, nothing is written. */
    dryRun: Type.Optional(Type.Boolean()),
    fileName: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  { additionalProperties: false },
)

/** One cell that cannot be taken; its row is left out, the others come in. */
export const RowError = Type.Object({
  /** Line of the sheet, its heading being 1. */
  row: Type.Integer(),
  column: Type.String(),
  code: Type.String(),
  /** What stands there; of a password never. */
  value: Type.String(),
})
export type RowError = Static<typeof RowError>

export const ImportReport = Type.Object({
  /** null of a dry run: there is nothing to undo. */
  importId: Type.Union([Id, Type.Null()]),
  rows: Type.Integer(),
  /** Of a dry run: that would be. */
  added: Type.Integer(),
  /** Whose address is registered already: a file that was broken off is simply sent again. */
  existing: Type.Integer(),
  existingRows: Type.Array(Type.Integer(), { description: 'the first 1000' }),
  /** Rows with at least one error. */
  refused: Type.Integer(),
  errors: Type.Array(RowError, { description: 'the first 2000' }),
  errorCount: Type.Integer(),
  /** Whoever sent it went away: the rest was left out. */
  cancelled: Type.Boolean(),
})
export type ImportReport = Static<typeof ImportReport>

/** `GET /api/v1/camera-imports`: newest first; one's own, and everybody's for who configures the city. */
export const CameraImport = Type.Object({
  id: Id,
  fileName: Type.String(),
  rows: Type.Integer(),
  added: Type.Integer(),
  existing: Type.Integer(),
  refused: Type.Integer(),
  state: Type.Enum(['running', 'done', 'cancelled', 'interrupted', 'undone']),
  startedAt: Time,
  endedAt: Type.Union([Time, Type.Null()]),
})
export type CameraImport = Static<typeof CameraImport>
export const CameraImportPage = Page(CameraImport)
export const CameraImportQuery = Type.Object({ ...PageQuery.properties }, { additionalProperties: false })

/** `POST /api/v1/camera-imports/:id/undo` */
export const UndoAnswer = Type.Object({
  removed: Type.Integer(),
  /** Cameras of it that stand where whoever asks may not configure. */
  kept: Type.Integer(),
})
export type UndoAnswer = Static<typeof UndoAnswer>

export const TemplateQuery = Type.Object(
  { format: Type.Optional(FileFormat), language: Type.Optional(TitleLanguage) },
  { additionalProperties: false },
)
export const ExportQuery = Type.Object(
  {
    format: Type.Optional(FileFormat),
    language: Type.Optional(TitleLanguage),
    unitId: Type.Optional(Id),
    subtree: Type.Optional(Type.Boolean()),
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  },
  { additionalProperties: false },
)
export type ExportQuery = Static<typeof ExportQuery>
