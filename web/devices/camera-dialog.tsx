import { useState } from 'preact/hooks'
import type { Camera, ProbeAnswer } from '../../src/contract/cameras.ts'
import { streamTransports } from '../../src/domain/camera.ts'
import { words } from '../language/language.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FailureLine } from '../parts/states.tsx'
import { tell } from '../parts/toast.tsx'
import { type Answer, ask, type Failure } from '../state/api.ts'
import { addCamera, changeCamera } from '../state/cameras.ts'
import { readUnits } from '../state/units.ts'
import { refreshBranches } from '../tree/branches.ts'
import { CameraFields } from './camera-fields.tsx'
import { type CameraForm, cameraPatch, emptyForm, formFaults, formOf, newCamera } from './camera-form.ts'
import { DiscoverPanel } from './discover-panel.tsx'
import { SelectField, TextField } from './fields.tsx'
import { ProbeResult } from './probe-result.tsx'

interface CameraDialogProps {
  /** Null: a new one. */
  readonly camera: Camera | null
  readonly unitId: string
  readonly onClose: () => void
  readonly onSaved: () => void
}

type Way = 'discover' | 'onvif' | 'rtsp'

/** Registers a camera or changes one: found on the network, by its ONVIF address, or by RTSP address. */
export function CameraDialog({ camera, unitId, onClose, onSaved }: CameraDialogProps) {
  const t = words.value
  const [form, setForm] = useState<CameraForm>(camera ? formOf(camera) : emptyForm(unitId))
  const [way, setWay] = useState<Way>(camera ? camera.source : 'discover')
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState<'probe' | 'save' | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [probed, setProbed] = useState<ProbeAnswer | null>(null)
  const faults = tried ? formFaults(form) : []
  const change = (part: Partial<CameraForm>) => {
    setForm((before) => ({ ...before, ...part }))
  }

  const probe = async () => {
    setBusy('probe')
    setFailure(null)
    const answer = await ask<ProbeAnswer>('POST', '/probe', {
      onvif: form.address.trim(),
      ...(form.username.trim() === '' ? {} : { username: form.username.trim() }),
      ...(form.password === '' ? {} : { password: form.password }),
    })
    setBusy(null)
    setProbed(answer.ok ? answer.value : null)
    if (!answer.ok) setFailure(answer.failure)
    else if (form.name.trim() === '' && answer.value.model !== null) change({ name: answer.value.model })
  }
  const save = async () => {
    setTried(true)
    if (formFaults(form).length > 0) return
    setBusy('save')
    setFailure(null)
    const answer: Answer<Camera> = camera
      ? await changeCamera(camera.id, cameraPatch(camera, form))
      : await addCamera(newCamera(form))
    setBusy(null)
    if (!answer.ok) {
      setFailure(answer.failure)
      return
    }
    tell('done', t.devices.saved)
    refreshBranches()
    void readUnits()
    onSaved()
  }
  const choose = (chosen: Way) => {
    setWay(chosen)
    setProbed(null)
    if (chosen !== 'discover') change({ way: chosen })
  }

  return (
    <Dialog
      title={camera ? t.devices.edit : t.devices.register}
      onClose={onClose}
      wide
      testId="camera-dialog"
    >
      <form
        class="body"
        onSubmit={(event) => {
          event.preventDefault()
          if (busy === null && way !== 'discover') void save()
        }}
      >
        {!camera && <Ways way={way} onWay={choose} />}
        {way === 'discover' ? (
          <DiscoverPanel
            onChoice={(device) => {
              change({ way: 'onvif', address: device.address, name: device.name ?? '' })
              setWay('onvif')
            }}
          />
        ) : (
          <>
            <Access form={form} camera={camera} wrong={faults} change={change} />
            {form.way === 'onvif' && (
              <div class="buttons">
                <button
                  type="button"
                  class="button"
                  disabled={busy !== null || form.address.trim() === ''}
                  data-testid="camera-probe"
                  onClick={() => void probe()}
                >
                  {busy === 'probe' ? t.devices.probing : t.devices.probe}
                </button>
                {!camera && !probed && <span class="dim small">{t.devices.probeFirst}</span>}
              </div>
            )}
            {probed && <ProbeResult probed={probed} />}
            <CameraFields form={form} faults={faults} change={change} />
          </>
        )}
        <FailureLine failure={failure} />
        <div class="buttons end">
          <button type="button" class="button" onClick={onClose}>
            {t.common.cancel}
          </button>
          {way !== 'discover' && (
            <button type="submit" class="button primary" disabled={busy !== null} data-testid="camera-save">
              {busy === 'save' ? t.devices.adding : camera ? t.common.save : t.devices.add}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  )
}

function Ways({ way, onWay }: { readonly way: Way; readonly onWay: (way: Way) => void }) {
  const t = words.value.devices
  const names: Readonly<Record<Way, string>> = { discover: t.discover, onvif: t.byOnvif, rtsp: t.byRtsp }
  return (
    <div class="choice">
      {(['discover', 'onvif', 'rtsp'] as const).map((name) => (
        <button
          key={name}
          type="button"
          class="button"
          aria-pressed={way === name}
          data-testid={`register-${name}`}
          onClick={() => {
            onWay(name)
          }}
        >
          {names[name]}
        </button>
      ))}
    </div>
  )
}

interface AccessProps {
  readonly form: CameraForm
  readonly camera: Camera | null
  readonly wrong: readonly string[]
  readonly change: (part: Partial<CameraForm>) => void
}

function Access({ form, camera, wrong, change }: AccessProps) {
  const t = words.value.devices
  const onvif = form.way === 'onvif'
  const fault = wrong.includes('address')
    ? onvif
      ? t.onvifExample
      : t.rtspExample
    : wrong.includes('credentials') && t.noCredentials
  return (
    <div class="form-grid">
      <div class="whole">
        <TextField
          text={onvif ? t.onvifAddress : t.rtspMain}
          value={form.address}
          placeholder={onvif ? t.onvifExample : t.rtspExample}
          maxLength={1024}
          wrong={fault}
          testId="camera-address"
          onValue={(address) => {
            change({ address })
          }}
        />
      </div>
      {!onvif && (
        <div class="whole">
          <TextField
            text={t.rtspSub}
            value={form.subUrl}
            placeholder={camera ? t.subKept : t.rtspExample}
            maxLength={1024}
            testId="camera-sub-address"
            onValue={(subUrl) => {
              change({ subUrl })
            }}
          />
        </div>
      )}
      <TextField
        text={t.username}
        value={form.username}
        maxLength={128}
        testId="camera-username"
        onValue={(username) => {
          change({ username })
        }}
      />
      <TextField
        text={t.password}
        kind="password"
        value={form.password}
        placeholder={camera?.hasPassword === true ? t.passwordKept : ''}
        autocomplete="new-password"
        testId="camera-password"
        onValue={(password) => {
          change({ password })
        }}
      />
      <SelectField
        text={t.transport}
        value={form.transport}
        testId="camera-transport"
        onValue={(value) => {
          change({ transport: streamTransports.find((each) => each === value) ?? 'auto' })
        }}
      >
        {streamTransports.map((each) => (
          <option key={each} value={each}>
            {t.transports[each]}
          </option>
        ))}
      </SelectField>
    </div>
  )
}
