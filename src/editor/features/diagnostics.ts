/** Diagnostics as the editor takes them. */
import {
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  type Diagnostic as EditorDiagnostic,
} from 'vscode-languageserver';
import type { Diagnostic, Severity } from '../../diagnostics/diagnostic.ts';
import type { Places } from '../workspace/places.ts';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  hint: DiagnosticSeverity.Hint,
};

export function editorDiagnostic(diagnostic: Diagnostic, places: Places): EditorDiagnostic {
  const { code, severity, message, help, span, related } = diagnostic;
  return {
    range: places.range(span),
    severity: severities[severity],
    code,
    source: 'ctfw',
    message: help === undefined ? message : `${message}\n${help}`,
    relatedInformation: related.map(
      (place): DiagnosticRelatedInformation => ({ location: places.location(place.span), message: place.message }),
    ),
  };
}
