import { CodeSystem } from '../../deidentify/allowed-code.ts';
import { EventAction } from '../clinical-event.ts';
import { type JsonObject, textIn } from '../json.ts';
import { type EventDraft, type Reading, saying } from '../reading.ts';

/** Patient: birth and death as events. Everything else about the person goes to the vault (deidentify/person.ts). */
export function readPatient(resource: JsonObject): Reading {
  return saying(
    ...lifeEvent('birth', textIn(resource, 'birthDate')),
    ...lifeEvent('death', textIn(resource, 'deceasedDateTime')),
  );
}

function lifeEvent(code: string, at: string | undefined): readonly EventDraft[] {
  if (at === undefined) return [];
  return [{ coding: { system: CodeSystem.twinward, code }, action: EventAction.occur, at }];
}
