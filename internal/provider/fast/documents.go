package fast

import (
	"bytes"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// textType is the type of a text as it stands before a dynamic value (cty's JSON of types).
const textType = `"string"`

// seal replaces the documents of an object by texts that hold them. What cannot be read is left
// as it is: the framework says what is wrong with it.
func (t *resourceType) seal(v *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	return t.replaced(v, func(encoded []byte) ([]byte, bool) {
		kind, inside, ok := dynamic(encoded)
		if !ok || len(inside) == 0 {
			return nil, false
		}
		if text, isText := textOf(kind, inside); isEmpty(inside) && (!isText || !value.LooksSealed(text)) {
			return nil, false
		}
		return encodeText(value.Seal(encoded))
	})
}

// open puts the documents in again.
func (t *resourceType) open(v *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	return t.replaced(v, func(encoded []byte) ([]byte, bool) {
		kind, inside, ok := dynamic(encoded)
		if !ok {
			return nil, false
		}
		text, _ := textOf(kind, inside)
		document, sealed := value.Unseal(text)
		return []byte(document), sealed
	})
}

// textOf returns the text that a dynamic value is; false if it is none.
func textOf(kind, inside []byte) (string, bool) {
	if string(kind) != textType {
		return "", false
	}
	text, err := msgpack.NewDecoder(bytes.NewReader(inside)).DecodeString()
	return text, err == nil
}

// replaced is v with other encodings of its documents, where change has one.
func (t *resourceType) replaced(v *tfprotov6.DynamicValue, change func([]byte) ([]byte, bool)) *tfprotov6.DynamicValue {
	if t == nil || len(t.documents) == 0 || v == nil || len(v.MsgPack) == 0 {
		return v
	}
	whole := v.MsgPack
	r := bytes.NewReader(whole)
	d := msgpack.NewDecoder(r)
	at := func() int { return len(whole) - r.Len() }
	n, err := d.DecodeMapLen()
	if err != nil {
		return v
	}
	var out []byte
	copied := 0 // of whole, into out
	for range n {
		name, err := d.DecodeString()
		if err != nil {
			return v
		}
		from := at()
		if err := d.Skip(); err != nil {
			return v
		}
		if !t.documents[name] {
			continue
		}
		if changed, ok := change(whole[from:at()]); ok {
			out = append(append(out, whole[copied:from]...), changed...)
			copied = at()
		}
	}
	if copied == 0 {
		return v
	}
	return &tfprotov6.DynamicValue{MsgPack: append(out, whole[copied:]...)}
}

// dynamic takes a dynamic value apart into its type and its value; false for one that is null
// or not known.
func dynamic(encoded []byte) (kind, inside []byte, ok bool) {
	r := bytes.NewReader(encoded)
	d := msgpack.NewDecoder(r)
	if code, err := d.PeekCode(); err != nil || code == msgpcode.Nil || msgpcode.IsExt(code) {
		return nil, nil, false
	}
	if n, err := d.DecodeArrayLen(); err != nil || n != 2 {
		return nil, nil, false
	}
	kind, err := d.DecodeBytes()
	return kind, encoded[len(encoded)-r.Len():], err == nil
}

// isEmpty tells whether a value has nothing to look into: the framework puts defaults in, which
// are empty documents, and has to find them equal. A simple value is no document.
func isEmpty(encoded []byte) bool {
	code := encoded[0]
	switch {
	case msgpcode.IsFixedMap(code), msgpcode.IsFixedArray(code):
		return len(encoded) == 1
	case code == msgpcode.Map16, code == msgpcode.Map32, code == msgpcode.Array16, code == msgpcode.Array32:
		return false
	}
	return true
}

// encodeText is a text as a dynamic value.
func encodeText(text string) ([]byte, bool) {
	var out bytes.Buffer
	e := msgpack.NewEncoder(&out)
	if e.EncodeArrayLen(2) != nil || e.EncodeBytes([]byte(textType)) != nil || e.EncodeString(text) != nil {
		return nil, false
	}
	return out.Bytes(), true
}
