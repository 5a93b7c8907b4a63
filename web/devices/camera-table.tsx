import type { Camera } from '../../src/contract/cameras.ts'
import { rulesPath, wallPath } from '../app/pages.ts'
import { setQuery } from '../app/router.ts'
import { codeWordsOr, named, words } from '../language/language.ts'
import { Icon, IconButton } from '../parts/icon.tsx'
import { StateMark } from '../parts/state-mark.tsx'
import { shortTime } from '../parts/time.ts'
import { knownCamera } from '../state/cameras.ts'
import { nowMs } from '../state/clock.ts'
import { may } from '../state/session.ts'
import { unitName } from '../state/units.ts'
import { streamText } from './stream-text.ts'

interface CameraTableProps {
  readonly cameras: readonly Camera[]
  readonly chosen: ReadonlySet<string>
  readonly onChosen: (chosen: ReadonlySet<string>) => void
  readonly onEdit: (camera: Camera) => void
  readonly onRemove: (camera: Camera) => void
}

export function CameraTable({ cameras, chosen, onChosen, ...acts }: CameraTableProps) {
  const t = words.value.devices
  const configures = may('configure')
  const all = cameras.every(({ id }) => chosen.has(id))
  const choose = (id: string, is: boolean) => {
    const next = new Set(chosen)
    if (is) next.add(id)
    else next.delete(id)
    onChosen(next)
  }
  return (
    <table class="cameras" data-testid="camera-table">
      <thead>
        <tr>
          {configures && (
            <th class="choose">
              <input
                type="checkbox"
                aria-label={words.value.registry.chooseAll}
                checked={all}
                data-testid="camera-choose-all"
                onChange={() => {
                  onChosen(new Set(all ? [] : cameras.map(({ id }) => id)))
                }}
              />
            </th>
          )}
          <th class="state">{t.state}</th>
          <th>{t.name}</th>
          <th class="unit">{t.unit}</th>
          <th class="address">{t.address}</th>
          <th class="streams">{t.streams}</th>
          <th class="analysis">{t.analysis}</th>
          <th class="actions">{t.actions}</th>
        </tr>
      </thead>
      <tbody>
        {cameras.map((camera) => (
          <CameraLine
            key={camera.id}
            listed={camera}
            isChosen={chosen.has(camera.id)}
            onChoose={choose}
            {...acts}
          />
        ))}
      </tbody>
    </table>
  )
}

interface CameraLineProps extends Pick<CameraTableProps, 'onEdit' | 'onRemove'> {
  readonly listed: Camera
  readonly isChosen: boolean
  readonly onChoose: (cameraId: string, is: boolean) => void
}

/** A part of its own, so that a change of state redraws one line. */
function CameraLine({ listed, isChosen, onChoose, onEdit, onRemove }: CameraLineProps) {
  const t = words.value
  const camera = knownCamera(listed.id) ?? listed
  const fault = camera.state === 'online' ? undefined : camera.fault
  const configures = may('configure')
  return (
    <tr data-testid="camera-row" data-camera={camera.id} data-state={camera.state}>
      {configures && (
        <td class="choose">
          <input
            type="checkbox"
            aria-label={t.registry.choose(camera.name)}
            checked={isChosen}
            data-testid="camera-choose"
            onChange={(event) => {
              onChoose(camera.id, event.currentTarget.checked)
            }}
          />
        </td>
      )}
      <td class="state">
        <StateMark state={camera.state} word />
        <div class="dim small">{t.common.since(shortTime(Date.parse(camera.since), nowMs.value))}</div>
      </td>
      <td>
        <strong class="cut">{camera.name}</strong>
        {camera.nationalCode !== null && <div class="mono small dim">{camera.nationalCode}</div>}
        {fault && (
          <div class="small fault cut" title={fault.text}>
            {named(t.hop, fault.hop)} · {codeWordsOr(fault.code, fault.text)}
          </div>
        )}
      </td>
      <td class="unit cut">{unitName(camera.unitId)}</td>
      <td class="address">
        <span class="tag">{camera.source === 'onvif' ? 'ONVIF' : 'RTSP'}</span>{' '}
        <span class="mono small" title={camera.address}>
          {shortAddress(camera.address)}
        </span>
      </td>
      <td class="streams small">
        {camera.streams.map((stream) => (
          <div key={stream.stream} class="cut">
            <span class="dim">{t.stream[stream.stream]}</span> {streamText(stream)}
          </div>
        ))}
      </td>
      <td class="analysis">
        {camera.analysis.enabled ? t.devices.rate(camera.analysis.framesPerS) : t.devices.analysisOff}
      </td>
      <td class="actions">
        <a
          class="button plain icon"
          href={wallPath(camera.id)}
          title={t.alerts.show}
          aria-label={t.alerts.show}
        >
          <Icon name="live" />
        </a>
        {configures && (
          <>
            <a
              class="button plain icon"
              href={rulesPath(camera.id)}
              title={t.devices.rules}
              aria-label={t.devices.rules}
              data-testid="camera-rules"
            >
              <Icon name="zone" />
            </a>
            <IconButton
              icon="record"
              text={t.recording.act}
              testId="camera-recording"
              onClick={() => {
                setQuery({ recording: camera.id })
              }}
            />
            <IconButton
              icon="edit"
              text={t.devices.edit}
              testId="camera-edit"
              onClick={() => {
                onEdit(camera)
              }}
            />
            <IconButton
              icon="remove"
              text={t.devices.removeTitle}
              testId="camera-remove"
              onClick={() => {
                onRemove(camera)
              }}
            />
          </>
        )}
      </td>
    </tr>
  )
}

/** The host says enough in a table; the whole address is in its tooltip. */
function shortAddress(address: string): string {
  return address.replace(/^[a-z]+:\/\//i, '').replace('/onvif/device_service', '')
}
