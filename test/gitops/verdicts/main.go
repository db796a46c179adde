// Verdicts of other people's code on Kubernetes objects: kstatus, Argo CD's health scripts in its own Lua machine,
// Flux's health check expressions, and strict reading of HelmReleases.
//
// Reads one request as JSON on standard input and writes the answer as JSON on standard output.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	helm "github.com/fluxcd/helm-controller/api/v2"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/yaml"
)

type request struct {
	Objects []json.RawMessage `json:"objects"`
	// Health scripts by kind.
	Scripts map[string]string `json:"scripts"`
	// Health check expressions by kind.
	Expressions map[string]kustomize.HealthCheckExpressions `json:"expressions"`
	// HelmReleases as YAML, to be read strictly.
	HelmReleases []string `json:"helmReleases"`
}

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type verdicts struct {
	Kstatus verdict  `json:"kstatus"`
	Argo    *verdict `json:"argo,omitempty"`
	Flux    *verdict `json:"flux,omitempty"`
}

type answer struct {
	Objects []verdicts `json:"objects"`
	// Why each HelmRelease cannot be read; empty when it can.
	HelmReleases []string `json:"helmReleases"`
}

func main() {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fail(err)
	}
	given := answer{Objects: []verdicts{}, HelmReleases: []string{}}
	for _, raw := range asked.Objects {
		judged, err := judge(raw, asked)
		if err != nil {
			fail(err)
		}
		given.Objects = append(given.Objects, judged)
	}
	for _, text := range asked.HelmReleases {
		given.HelmReleases = append(given.HelmReleases, whyUnreadable(text))
	}
	if err := json.NewEncoder(os.Stdout).Encode(given); err != nil {
		fail(err)
	}
}

func judge(raw json.RawMessage, asked request) (verdicts, error) {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(raw); err != nil {
		return verdicts{}, err
	}
	computed, err := status.Compute(object)
	if err != nil {
		return verdicts{}, fmt.Errorf("kstatus of %s: %w", object.GetName(), err)
	}
	given := verdicts{Kstatus: verdict{string(computed.Status), computed.Message}}
	if script, ok := asked.Scripts[object.GetKind()]; ok {
		if given.Argo, err = runHealthScript(script, object); err != nil {
			return verdicts{}, fmt.Errorf("health.lua of %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	if expressions, ok := asked.Expressions[object.GetKind()]; ok {
		if given.Flux, err = evaluate(expressions, object); err != nil {
			return verdicts{}, fmt.Errorf("healthCheckExprs of %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return given, nil
}

func evaluate(expressions kustomize.HealthCheckExpressions, object *unstructured.Unstructured) (*verdict, error) {
	evaluator, err := cel.NewStatusEvaluator(&expressions)
	if err != nil {
		return nil, err
	}
	result, err := evaluator.Evaluate(context.Background(), object)
	if err != nil {
		return nil, err
	}
	return &verdict{result.Status.String(), result.Message}, nil
}

func whyUnreadable(text string) string {
	var release helm.HelmRelease
	if err := yaml.UnmarshalStrict([]byte(text), &release); err != nil {
		return err.Error()
	}
	return ""
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
