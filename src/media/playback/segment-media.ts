import type { FileHandle } from 'node:fs/promises'
import { type FragmentHead, readAt, readFragmentHead } from './fragment-head.ts'

const pieceBytes = 128 * 1024

/** The fragments of a file from one place to another. */
export async function* headsBetween(
  file: FileHandle,
  from: number,
  end: number,
): AsyncGenerator<FragmentHead> {
  for (let offset = from; ; ) {
    const head = await readFragmentHead(file, offset, end)
    if (head === null) return
    yield head
    offset += head.wholeBytes
  }
}

/** What is in a fragment, some at a time. */
export async function* mediaBytes(file: FileHandle, head: FragmentHead): AsyncGenerator<Buffer> {
  const end = head.offset + head.wholeBytes
  for (let at = head.offset + head.bytes.length; at < end; at += pieceBytes)
    yield await readAt(file, at, Math.min(pieceBytes, end - at))
}
