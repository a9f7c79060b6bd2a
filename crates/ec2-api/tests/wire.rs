//! What clients send is read as they meant it or refused by name; what is answered is what EC2 would have written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

use ec2_api::operations::*;
use ec2_api::shapes::*;
use ec2_api::{ApiError, Blob, ErrorCode, Timestamp, query, sts, xml};

fn decode<O: Operation>(form: &str) -> Result<O::Input, ApiError> {
    query::parse(format!("Action={}&Version=2016-11-15&{form}", O::NAME).as_bytes())?.decode::<O>()
}

fn refused<O: Operation>(form: &str) -> String {
    match decode::<O>(form) {
        Ok(_) => panic!("{form} was accepted"),
        Err(error) => error.to_string(),
    }
}

fn answer<O: Operation>(output: &O::Output) -> String {
    let body = String::from_utf8(xml::response(O::NAME, "r-1", output)).unwrap();
    let head = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{0}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r-1</requestId>",
        O::NAME
    );
    let foot = format!("</{}Response>", O::NAME);
    let inner = body.strip_prefix(&head).and_then(|rest| rest.strip_suffix(&foot));
    inner.unwrap_or_else(|| panic!("{body}")).to_owned()
}

#[test]
fn nested_lists_and_scalars_land_in_their_members() {
    let input = decode::<RunInstances>(
        "ImageId=ami-1&MinCount=1&MaxCount=2&DryRun=false&UserData=aGk%3D\
         &NetworkInterface.1.DeviceIndex=0&NetworkInterface.1.SubnetId=subnet-1\
         &NetworkInterface.1.PrivateIpAddresses.1.PrivateIpAddress=10.0.0.5&NetworkInterface.1.PrivateIpAddresses.1.Primary=true\
         &NetworkInterface.1.PrivateIpAddresses.2.PrivateIpAddress=10.0.0.6\
         &TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=a+b%26c",
    )
    .unwrap();
    assert_eq!((input.min_count, input.max_count, input.dry_run), (Some(1), Some(2), Some(false)));
    assert_eq!(input.user_data.as_deref(), Some("aGk="));
    let interface = &input.network_interfaces[0];
    let addresses: Vec<_> =
        interface.private_ip_addresses.iter().map(|address| (address.private_ip_address.as_deref(), address.primary)).collect();
    assert_eq!(addresses, [(Some("10.0.0.5"), Some(true)), (Some("10.0.0.6"), None)]);
    assert_eq!(input.tag_specifications[0].tags[0].value.as_deref(), Some("a b&c"));
}

#[test]
fn list_indexes_may_have_gaps_and_order_by_number() {
    let input = decode::<DescribeVpcs>("VpcId.10=vpc-c&VpcId.2=vpc-b&VpcId.0=vpc-a").unwrap();
    assert_eq!(input.vpc_ids, ["vpc-a", "vpc-b", "vpc-c"]);
}

#[test]
fn an_empty_list_may_come_as_an_empty_value_as_the_javascript_sdk_sends_it() {
    assert_eq!(decode::<DescribeVpcs>("Filter=&VpcId=").unwrap(), DescribeVpcsRequest::default());
}

#[test]
fn a_value_and_a_list_of_one_are_read_as_each_other_as_libcloud_and_boto_2_send_them() {
    assert_eq!(decode::<DescribeKeyPairs>("KeyName=a").unwrap().key_names, ["a"]);
    assert_eq!(decode::<GetConsoleOutput>("InstanceId.1=i-1").unwrap().instance_id.as_deref(), Some("i-1"));
    assert_eq!(decode::<DescribeVpcs>("Filter.1.Name=a&Filter.1.Value=b").unwrap().filters[0].values, ["b"]);
}

#[test]
fn an_empty_text_is_a_text() {
    let input = decode::<CreateNetworkInterface>("SubnetId=subnet-1&Description=").unwrap();
    assert_eq!(input.description.as_deref(), Some(""));
}

#[test]
fn blobs_and_timestamps_are_read() {
    for material in ["c3NoLXJzYQ%3D%3D", "c3No%0ALXJz%0D%0AYQ%3D%3D%0A"] {
        let input = decode::<ImportKeyPair>(&format!("KeyName=k&PublicKeyMaterial={material}")).unwrap();
        assert_eq!(input.public_key_material, Some(Blob(b"ssh-rsa".to_vec())));
    }
    let input = decode::<RunInstances>("MinCount=1&MaxCount=1&InstanceMarketOptions.SpotOptions.ValidUntil=2026-11-22T19:00:00Z").unwrap();
    let until = input.instance_market_options.unwrap().spot_options.unwrap().valid_until;
    assert_eq!(until, Some(Timestamp(1_795_374_000_000)));
}

#[test]
fn parameters_that_the_operation_does_not_have_are_refused_by_name() {
    for (form, name) in [
        ("VpcIds.1=vpc-1", "VpcIds"),
        ("vpcId.1=vpc-1", "vpcId"),
        ("VpcId.1.Id=vpc-1", "VpcId.1.Id"),
        ("VpcId.x=vpc-1", "VpcId.x"),
        ("VpcId=vpc-1&VpcId.1=vpc-2", "VpcId"),
        ("VpcId.1234567=vpc-1", "VpcId.1234567"),
        ("Filter.1.Nam=x", "Filter.1.Nam"),
        ("Filter.1.Name=x&Filter.1.Value.member.1=y", "Filter.1.Value.member"),
        ("Filter=x", "Filter"),
        ("Filter.1=x", "Filter.1"),
        ("DryRun.0=true", "DryRun.0"),
        ("DryRun.1=true&DryRun.2=true", "DryRun.1"),
        ("DryRun=true&DryRun.1=true", "DryRun.1"),
        ("DryRun.1.1=true", "DryRun.1"),
    ] {
        let expected = format!("UnknownParameter: The parameter {name} is not recognized");
        assert_eq!(refused::<DescribeVpcs>(form), expected);
    }
}

#[test]
fn values_of_the_wrong_type_are_refused_with_the_value_and_the_name() {
    for (form, message) in [
        ("DryRun=maybe", "Value (maybe) for parameter DryRun is invalid. Expecting true or false."),
        ("MaxResults=ten", "Value (ten) for parameter MaxResults is invalid. Expecting a 32-bit integer."),
        ("MaxResults=", "Value () for parameter MaxResults is invalid. Expecting a 32-bit integer."),
        ("MaxResults=2147483648", "Value (2147483648) for parameter MaxResults is invalid. Expecting a 32-bit integer."),
    ] {
        assert_eq!(refused::<DescribeVpcs>(form), format!("InvalidParameterValue: {message}"));
    }
    assert_eq!(
        refused::<ImportKeyPair>("KeyName=k&PublicKeyMaterial=*"),
        "InvalidParameterValue: Value (*) for parameter PublicKeyMaterial is invalid. Expecting base64."
    );
}

#[test]
fn what_the_model_requires_must_be_there() {
    assert_eq!(refused::<DeleteVpc>(""), "MissingParameter: The request must contain the parameter VpcId");
    assert_eq!(refused::<CreateTags>("ResourceId.1=vpc-1&Tag="), "MissingParameter: The request must contain the parameter Tag");
}

#[test]
fn malformed_forms_are_refused() {
    for form in [
        "VpcId.1=%zz",
        "VpcId.1=%e",
        "VpcId.1=%ff",
        "VpcId..1=x",
        ".=x",
        "=x",
        "VpcId.1=a&VpcId.1=a",
        "VpcId.1=a&VpcId.01=b",
        "Action=DeleteVpc",
    ] {
        assert!(refused::<DescribeVpcs>(form).starts_with("MalformedQueryString: "), "{form}");
    }
}

#[test]
fn everything_has_a_limit() {
    let many: String = (0..=query::PARAMETERS_MAX).map(|i| format!("VpcId.{i}=v&")).collect();
    let deep = ["A"; query::SEGMENTS_MAX + 1].join(".") + "=x";
    let long_name = "A".repeat(query::NAME_BYTES_MAX + 1) + "=x";
    let long_value = "A=".to_owned() + &"x".repeat(query::VALUE_BYTES_MAX + 1);
    for form in [many, deep, long_name, long_value] {
        assert!(refused::<DescribeVpcs>(&form).starts_with("MalformedQueryString: "));
    }
}

#[test]
fn a_request_names_its_action_and_the_version_served() {
    let missing = query::parse(b"Version=2016-11-15").unwrap_err();
    assert_eq!(missing.code, ErrorCode::MissingAction);
    let request = query::parse(b"Action=DescribeVpcs&Version=2014-10-01").unwrap();
    let error = request.check_version(query::VERSION).unwrap_err();
    assert_eq!(error.to_string(), "NoSuchVersion: The requested version (2014-10-01) of service AmazonEC2 does not exist");
    assert!(exists_in_ec2("DescribeFpgaImages"));
    assert!(!exists_in_ec2("DescribeVpc"));
}

#[test]
fn a_presigned_query_decodes_as_its_operation() {
    let form =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Date=d&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=s";
    decode::<DescribeVpcs>(&query::without_signature(form).unwrap()).unwrap();
    // Elsewhere they are parameters that the operation does not know.
    assert_eq!(decode::<DescribeVpcs>(form).unwrap_err().code, ErrorCode::UnknownParameter);
}

#[test]
fn an_answer_is_what_ec2_writes() {
    let output = AssignPrivateIpAddressesResult {
        network_interface_id: Some("eni-1".into()),
        assigned_private_ip_addresses: vec![AssignedPrivateIpAddress { private_ip_address: Some("10.0.0.5".into()) }],
        ..Default::default()
    };
    assert_eq!(
        answer::<AssignPrivateIpAddresses>(&output),
        "<networkInterfaceId>eni-1</networkInterfaceId><assignedPrivateIpAddressesSet><item>\
         <privateIpAddress>10.0.0.5</privateIpAddress></item></assignedPrivateIpAddressesSet><assignedIpv4PrefixSet/>"
    );
}

#[test]
fn an_operation_without_a_result_returns_true() {
    assert_eq!(answer::<DeleteVpc>(&ReturnTrue), "<return>true</return>");
}

#[test]
fn empty_lists_are_empty_elements_save_those_that_ec2_leaves_out() {
    let interface = NetworkInterface { network_interface_id: Some("eni-1".into()), ..Default::default() };
    let written =
        answer::<DescribeNetworkInterfaces>(&DescribeNetworkInterfacesResult { network_interfaces: vec![interface], ..Default::default() });
    assert!(written.contains("<tagSet/>") && written.contains("<ipv6AddressesSet/>"), "{written}");
    assert!(!written.contains("ipv4PrefixSet"), "{written}");
    let vpc = Vpc { vpc_id: Some("vpc-1".into()), ..Default::default() };
    assert!(!answer::<CreateVpc>(&CreateVpcResult { vpc: Some(vpc) }).contains("tagSet"));
    let group = CreateSecurityGroupResult { group_id: Some("sg-1".into()), ..Default::default() };
    assert_eq!(answer::<CreateSecurityGroup>(&group), "<groupId>sg-1</groupId>");
}

#[test]
fn members_stand_in_ec2_s_order_where_that_is_known() {
    let tag = Tag { key: Some("Name".into()), value: Some("web".into()) };
    let instance = Instance {
        ena_support: Some(true),
        instance_id: Some("i-1".into()),
        image_id: Some("ami-1".into()),
        ebs_optimized: Some(false),
        tags: vec![tag],
        ..Default::default()
    };
    let written =
        answer::<RunInstances>(&Reservation { reservation_id: Some("r-1".into()), instances: vec![instance], ..Default::default() });
    let mut rest = written.as_str();
    for element in ["reservationId", "groupSet", "instancesSet", "instanceId", "imageId", "tagSet", "ebsOptimized", "enaSupport"] {
        let found = rest.split_once(&format!("<{element}"));
        rest = found.unwrap_or_else(|| panic!("{element} stands too early in {written}")).1;
    }
}

#[test]
fn text_is_escaped_and_what_xml_cannot_hold_is_replaced() {
    let output = CreateVpcResult { vpc: Some(Vpc { vpc_id: Some("<&>\"'\r\n\t\u{1}\u{FFFE}é".into()), ..Default::default() }) };
    let written = answer::<CreateVpc>(&output);
    assert!(written.contains("<vpcId>&lt;&amp;&gt;&quot;'&#13;\n\t\u{FFFD}\u{FFFD}é</vpcId>"), "{written}");
}

#[test]
fn an_error_is_what_ec2_writes() {
    let error = ApiError::new(ErrorCode::InvalidVpcIDNotFound, "The vpc ID 'vpc-<1>' does not exist");
    assert_eq!(
        String::from_utf8(xml::error(&error, "r-1")).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code>\
         <Message>The vpc ID 'vpc-&lt;1&gt;' does not exist</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
    );
}

#[test]
fn sts_answers_in_its_own_dialect() {
    let identity = sts::GetCallerIdentityResponse {
        user_id: Some("AKIA".into()),
        account: Some("123456789012".into()),
        arn: Some("arn:aws:iam::123456789012:root".into()),
    };
    assert_eq!(
        String::from_utf8(sts::response("GetCallerIdentity", "r-1", &identity)).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><UserId>AKIA</UserId><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:root</Arn>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    );
}

#[test]
fn the_model_can_be_walked() {
    let operation = OPERATIONS.iter().find(|operation| operation.name == "AssignPrivateIpAddresses").unwrap();
    assert_eq!(
        operation.input.paths(),
        [
            "Ipv4Prefix.N",
            "Ipv4PrefixCount",
            "NetworkInterfaceId",
            "PrivateIpAddress.N",
            "SecondaryPrivateIpAddressCount",
            "AllowReassignment"
        ]
    );
    assert_eq!(
        operation.output.paths(),
        ["networkInterfaceId", "assignedPrivateIpAddressesSet.N.privateIpAddress", "assignedIpv4PrefixSet.N.ipv4Prefix"]
    );
    assert!(OPERATIONS.is_sorted_by_key(|operation| operation.name));
    assert!(EVERY_OPERATION_OF_EC2.is_sorted());
    assert!(OPERATIONS.iter().all(|operation| exists_in_ec2(operation.name)));
}

/// `every_parameter.txt` is written by botocore, which shares no code with this crate.
#[test]
fn the_parameters_known_are_those_that_botocore_sends() {
    let requests = include_str!("every_parameter.txt");
    assert_eq!(requests.lines().count(), OPERATIONS.len());
    for request in requests.lines() {
        let mut names = request.split('&').map(|pair| pair.split_once('=').unwrap().0);
        assert_eq!((names.next(), names.next()), (Some("Action"), Some("Version")));
        let mut sent: Vec<String> = names.map(|name| name.replace(".1", ".N")).collect();
        let action = query::parse(request.as_bytes()).unwrap().action().to_owned();
        let operation = OPERATIONS.iter().find(|operation| operation.name == action).unwrap();
        let mut known = operation.input.paths();
        sent.sort_unstable();
        known.sort_unstable();
        assert_eq!(known, sent, "{action}");
    }
}

#[test]
fn every_parameter_of_the_largest_operations_decodes() {
    let requests = include_str!("every_parameter.txt");
    let request = |action: &str| {
        let found = requests.lines().find(|line| line.starts_with(&format!("Action={action}&"))).unwrap();
        query::parse(found.as_bytes()).unwrap()
    };
    let launch = request("RunInstances").decode::<RunInstances>().unwrap();
    assert_eq!(launch.network_interfaces[0].ipv6_prefixes[0].ipv6_prefix.as_deref(), Some("s"));
    request("CreateLaunchTemplate").decode::<CreateLaunchTemplate>().unwrap();
    request("CreateNetworkInterface").decode::<CreateNetworkInterface>().unwrap();
    request("ModifyInstanceAttribute").decode::<ModifyInstanceAttribute>().unwrap();
    request("AuthorizeSecurityGroupIngress").decode::<AuthorizeSecurityGroupIngress>().unwrap();
}

#[test]
fn a_parameter_that_is_refused_is_named_with_the_reason() {
    struct Refusing;
    impl Operation for Refusing {
        const NAME: &'static str = "RunInstances";
        type Input = RunInstancesRequest;
        type Output = Reservation;
        const REFUSED: &'static [(&'static str, &'static str)] =
            &[("NetworkInterface.N.EnaSrdSpecification", "there is no SRD here"), ("Placement", "there are no placements")];
    }
    let request = "MinCount=1&MaxCount=1&NetworkInterface.1.DeviceIndex=0";
    decode::<Refusing>(request).unwrap();
    assert_eq!(
        refused::<Refusing>(&format!("{request}&NetworkInterface.12.EnaSrdSpecification.EnaSrdEnabled=true")),
        "UnsupportedOperation: The parameter NetworkInterface.12.EnaSrdSpecification is not supported: there is no SRD here"
    );
    assert_eq!(
        refused::<Refusing>(&format!("{request}&Placement.Tenancy=default")),
        "UnsupportedOperation: The parameter Placement is not supported: there are no placements"
    );
}

/// Two request members of one wire name would make one of them unreachable.
#[test]
fn no_structure_has_two_members_of_one_wire_name() {
    fn check(kind: &ec2_api::shape::Kind) {
        match kind {
            ec2_api::shape::Kind::List(item) => check(item),
            ec2_api::shape::Kind::Structure(structure) => {
                let mut names: Vec<_> = structure.members.iter().map(|member| member.wire).collect();
                names.sort_unstable();
                names.dedup();
                assert_eq!(names.len(), structure.members.len(), "{}", structure.name);
                structure.members.iter().for_each(|member| check(&member.kind));
            }
            _ => {}
        }
    }
    for operation in OPERATIONS {
        check(operation.input);
        check(operation.output);
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic_the_parser(form in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        let _ = query::parse(&form);
    }

    #[test]
    fn no_form_panics_the_decoder(form in "([A-Za-z]{1,12}(\\.[A-Za-z0-9]{1,8}){0,4}=[ -~]{0,12}&){0,8}") {
        let _ = decode::<RunInstances>(&form);
        let _ = decode::<AssignPrivateIpAddresses>(&form);
    }

    /// Names that exist, in places where they may not, with values that may not be theirs.
    #[test]
    fn no_arrangement_of_known_names_panics_the_decoder(
        parts in proptest::collection::vec((0usize..8, 0u32..3, 0usize..8, "[ -~]{0,6}"), 0..8),
    ) {
        let names = ["NetworkInterface", "PrivateIpAddresses", "Ipv6Addresses", "MinCount", "DryRun", "TagSpecification", "Tag", "Key"];
        let form: Vec<String> = parts.iter().map(|(a, i, b, value)| format!("{}.{i}.{}={value}", names[*a], names[*b])).collect();
        let _ = decode::<RunInstances>(&form.join("&"));
    }

    #[test]
    fn any_text_comes_back_from_the_form(text in ".{0,60}") {
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let input = decode::<CreateNetworkInterface>(&format!("SubnetId=s&Description={escaped}")).unwrap();
        proptest::prop_assert_eq!(input.description, Some(text));
    }
}
