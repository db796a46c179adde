package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var healthCodes = map[string]bool{
	"Healthy": true, "Progressing": true, "Degraded": true, "Suspended": true, "Missing": true, "Unknown": true,
}

// runHealthScript runs a script as Argo CD runs one from its ConfigMap: without the string, math and io libraries, and
// for at most a second.
func runHealthScript(script string, object *unstructured.Unstructured) (*verdict, error) {
	machine := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer machine.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}} {
		call := lua.P{Fn: machine.NewFunction(library.open), NRet: 0, Protect: true}
		if err := machine.CallByParam(call, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	deadline, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	machine.SetContext(deadline)
	machine.SetGlobal("obj", toLua(machine, object.Object))
	if err := machine.DoString(script); err != nil {
		return nil, err
	}
	return readHealth(machine.Get(-1))
}

func readHealth(value lua.LValue) (*verdict, error) {
	table, ok := value.(*lua.LTable)
	if !ok {
		return nil, fmt.Errorf("expect table output from Lua script, not %s", value.Type().String())
	}
	text := func(name string) string {
		if field := table.RawGetString(name); field.Type() == lua.LTString {
			return field.String()
		}
		return ""
	}
	given := &verdict{text("status"), text("message")}
	if !healthCodes[given.Status] {
		return nil, fmt.Errorf("%q is no health status", given.Status)
	}
	return given, nil
}

func toLua(machine *lua.LState, value any) lua.LValue {
	switch known := value.(type) {
	case bool:
		return lua.LBool(known)
	case float64:
		return lua.LNumber(known)
	case int64:
		return lua.LNumber(known)
	case json.Number:
		return lua.LString(known)
	case string:
		return lua.LString(known)
	case []any:
		list := machine.CreateTable(len(known), 0)
		for _, item := range known {
			list.Append(toLua(machine, item))
		}
		return list
	case map[string]any:
		table := machine.CreateTable(0, len(known))
		for name, item := range known {
			table.RawSetH(lua.LString(name), toLua(machine, item))
		}
		return table
	}
	return lua.LNil
}
