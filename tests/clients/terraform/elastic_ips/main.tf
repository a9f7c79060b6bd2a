# Elastic IPs that move: between the addresses of an instance, and to another instance.
variable "step" {
  type    = number
  default = 0
}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]
  filter {
    name   = "architecture"
    values = ["x86_64"]
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.70.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.70.0.0/24"
}

resource "aws_route" "out" {
  route_table_id         = aws_vpc.main.main_route_table_id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_vpc_security_group_ingress_rule" "web" {
  security_group_id = aws_vpc.main.default_security_group_id
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_ipv4         = "0.0.0.0/0"
}

# They tell who connects to them at which private address.
resource "aws_instance" "each" {
  for_each              = { a = 10, b = 20 }
  ami                   = data.aws_ami.linux.id
  instance_type         = "t3.small"
  subnet_id             = aws_subnet.main.id
  private_ip            = "10.70.0.${each.value}"
  secondary_private_ips = ["10.70.0.${each.value + 1}"]
  user_data             = <<-PY
    #!/usr/bin/env python3
    import socket, subprocess
    subprocess.run(["ip", "address", "add", "10.70.0.${each.value + 1}/32", "dev", "eth0"])
    listener = socket.create_server(("0.0.0.0", 80))
    while True:
        connection, _ = listener.accept()
        connection.sendall(connection.getsockname()[0].encode())
        connection.close()
  PY
  tags                  = { Name = each.key }
}

# Moved by the address itself.
resource "aws_eip" "own" {
  instance                  = aws_instance.each[var.step < 2 ? "a" : "b"].id
  associate_with_private_ip = ["10.70.0.10", "10.70.0.11", "10.70.0.21"][var.step]
  domain                    = "vpc"
  depends_on                = [aws_internet_gateway.main]
}

# Moved by an association of its own, which stays with one address and goes to another.
resource "aws_eip" "apart" {
  domain     = "vpc"
  depends_on = [aws_internet_gateway.main]
}

resource "aws_eip_association" "apart" {
  allocation_id        = aws_eip.apart.id
  allow_reassociation  = true
  network_interface_id = aws_instance.each[var.step < 2 ? "b" : "a"].primary_network_interface_id
  private_ip_address   = var.step < 2 ? "10.70.0.20" : "10.70.0.11"
}

output "own" {
  value = aws_eip.own.public_ip
}

output "apart" {
  value = aws_eip.apart.public_ip
}
