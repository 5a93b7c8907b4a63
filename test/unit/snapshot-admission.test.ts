import { expect, it } from 'vitest'
import type { CameraId } from '../../src/domain/ids.ts'
import { Admission } from '../../src/media/admission.ts'
import { Snapshots } from '../../src/media/playback/snapshots.ts'

const footage = {
  between: () => Promise.reject(new Error('not asked for')),
  open: () => Promise.reject(new Error('not asked for')),
}

const asker = { account: 'anna', signal: new AbortController().signal }

it('pictures of now begin no more streams than people may watch', async () => {
  const admission = new Admission({ streams: 1, viewers: 10 })
  const opened: string[] = []
  const hub = {
    open: (cameraId: CameraId): never => {
      opened.push(cameraId)
      throw new Error('nothing to connect to')
    },
  }
  const snapshots = new Snapshots({ footage, hub, admission })
  const watched = admission.admit('watched' as CameraId, 'sub')
  await expect(snapshots.now('other' as CameraId, asker)).rejects.toMatchObject({ code: 'streams-full' })
  // Its substream is watched; the picture of its main stream would be one stream more.
  await expect(snapshots.now('watched' as CameraId, asker)).rejects.toMatchObject({ code: 'streams-full' })
  expect(opened).toEqual([])
  watched.release()
  await expect(snapshots.now('other' as CameraId, asker)).rejects.toThrow('nothing to connect to')
  expect(opened).toEqual(['other'])
  expect(admission.figures()).toEqual({ streams: 0, viewers: 0 })
})
