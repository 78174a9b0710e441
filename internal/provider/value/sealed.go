package value

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/recipe-galley/terraform-provider-galley/internal/document"
)

// A sealed document is a dynamic text that holds the encoding of a document as Terraform has
// sent it (package fast). The framework walks through every value several times, one part after
// the other; what it need not look into goes through it in one piece, and two that are the same
// are found to be so by one comparison of bytes. Tree and Underlying open it.

// sealMark begins a sealed document. A configuration that spells it out is sealed, too, although
// a text is no document, so that it is not taken for one.
const sealMark = "\x00galley document\x00"

// Seal is the text that stands for a dynamic value with that encoding (MessagePack).
func Seal(encoded []byte) string { return sealMark + string(encoded) }

// Unseal returns what was sealed; false for any other text.
func Unseal(text string) (encoded string, sealed bool) { return strings.CutPrefix(text, sealMark) }

// opened is the value of a sealed document.
func opened(encoded string) (attr.Value, error) {
	v, err := tfprotov6.DynamicValue{MsgPack: []byte(encoded)}.Unmarshal(tftypes.DynamicPseudoType)
	if err != nil {
		return nil, err
	}
	return types.DynamicType.ValueFromTerraform(context.Background(), v)
}

// treeOfEncoded is Tree of a sealed document, without making values of it first.
func treeOfEncoded(encoded string) (any, error) {
	return decodeDynamic(msgpack.NewDecoder(bytes.NewReader([]byte(encoded))))
}

// decodeDynamic reads a type and a value of it.
func decodeDynamic(d *msgpack.Decoder) (any, error) {
	if n, err := d.DecodeArrayLen(); err != nil || n != 2 {
		return nil, fmt.Errorf("found %d members, expected a type and a value (%w)", n, err)
	}
	text, err := d.DecodeBytes()
	if err != nil {
		return nil, err
	}
	var kind any
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, err
	}
	return decodeAs(d, kind)
}

// decodeAs reads a value of a type as cty writes it: "string", ["object", {…}], ["list", …].
func decodeAs(d *msgpack.Decoder, kind any) (any, error) {
	code, err := d.PeekCode()
	switch {
	case err != nil:
		return nil, err
	case code == msgpcode.Nil:
		return nil, d.DecodeNil()
	case msgpcode.IsExt(code):
		return document.Unknown, d.Skip()
	}
	compound, isCompound := kind.([]any)
	if !isCompound {
		return decodeSimple(d, code, kind)
	}
	name, _ := compound[0].(string)
	var of any
	if len(compound) > 1 {
		of = compound[1]
	}
	switch name {
	case "object", "map":
		n, err := d.DecodeMapLen()
		if err != nil {
			return nil, err
		}
		out := make(map[string]any, max(n, 0))
		members, _ := of.(map[string]any)
		for range n {
			key, err := d.DecodeString()
			if err != nil {
				return nil, err
			}
			member := of
			if name == "object" {
				member = members[key]
			}
			if out[key], err = decodeAs(d, member); err != nil {
				return nil, err
			}
		}
		return out, nil
	case "tuple", "list", "set":
		n, err := d.DecodeArrayLen()
		if err != nil {
			return nil, err
		}
		out := make([]any, 0, max(n, 0))
		elements, _ := of.([]any)
		for i := range n {
			element := of
			if name == "tuple" {
				if i >= len(elements) {
					return nil, fmt.Errorf("found %d elements of a tuple of %d", n, len(elements))
				}
				element = elements[i]
			}
			v, err := decodeAs(d, element)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	}
	return nil, fmt.Errorf("found a value of type %v", kind)
}

func decodeSimple(d *msgpack.Decoder, code byte, kind any) (any, error) {
	switch kind {
	case "string":
		return d.DecodeString()
	case "bool":
		return d.DecodeBool()
	case "dynamic":
		return decodeDynamic(d)
	case "number":
		switch {
		case msgpcode.IsString(code): // what no number of MessagePack can say
			text, err := d.DecodeString()
			if err != nil {
				return nil, err
			}
			f, _, err := big.ParseFloat(text, 10, numberPrecision, big.ToNearestEven)
			if err != nil {
				return nil, err
			}
			return NumberText(f), nil
		case code == msgpcode.Float || code == msgpcode.Double:
			f, err := d.DecodeFloat64()
			return NumberText(big.NewFloat(f)), err
		}
		n, err := d.DecodeInt64()
		return json.Number(strconv.FormatInt(n, 10)), err
	}
	return nil, fmt.Errorf("found a value of type %v", kind)
}

// LooksSealed tells whether a text would be taken for a sealed document.
func LooksSealed(text string) bool { return strings.HasPrefix(text, sealMark) }

// isSealed tells whether a value is a sealed document, which is neither null nor unknown.
func isSealed(v attr.Value) bool {
	d, isDynamic := v.(types.Dynamic)
	if !isDynamic {
		return false
	}
	text, isText := d.UnderlyingValue().(types.String)
	return isText && LooksSealed(text.ValueString())
}
