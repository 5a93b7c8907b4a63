export const mostRows = 20_000
export const mostColumns = 64

/** What is asked of a thread that reads or writes one sheet. */
export type SheetTask =
  | { readonly act: 'read'; readonly format: 'csv' | 'xlsx'; readonly file: Uint8Array<ArrayBuffer> }
  | { readonly act: 'write'; readonly rows: readonly (readonly string[])[] }

export type SheetAnswer =
  | { readonly rows: string[][] }
  | { readonly file: Uint8Array }
  | { readonly fault: 'file-unreadable' | 'file-too-many-rows' }
